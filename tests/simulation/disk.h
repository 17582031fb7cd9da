// One process's state folders, and what becomes of them when the process or its machine dies.
// disk_in_memory.cc models the stores; rocks_disk.cc has the real ones on a simulated file system.
#pragma once

#include <functional>
#include <memory>

#include "engine/customer/store.h"
#include "tests/simulation/surroundings.h"

namespace sapa::simulation {

enum class Loss : uint8_t {
  kProcess,    ///< killed: what was handed to the system is still there
  kMachine,    ///< only what was synced, and perhaps a part of the rest
  kWiped,      ///< a new disk
  kOlderCopy,  ///< an earlier state of the folders
  kBitFlip,    ///< as kProcess, and something on it is wrong
};
const char* name(Loss loss);

class Disk {
 public:
  virtual ~Disk() = default;
  virtual StoreFactory& stores() = 0;

  /// From here on nothing that is written counts; the stores are destroyed meanwhile.
  virtual void freeze() = 0;
  virtual void come_back(Loss loss) = 0;
  /// Remembers the folders as they are, for kOlderCopy.
  virtual void copy() = 0;
  /// Lets one piece of the stores' background work happen, if there is any.
  virtual void background() {}
  /// A store could not be opened because of kBitFlip: an operator removes it.
  virtual bool remove_damaged() = 0;
};

std::unique_ptr<Disk> make_disk_in_memory(Surroundings& world);
/// `number`: of the process.
std::unique_ptr<Disk> make_rocks_disk(Surroundings& world, int number);

}  // namespace sapa::simulation
