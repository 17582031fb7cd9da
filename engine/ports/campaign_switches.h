// Where it is kept which campaigns an operator has killed: over restarts, over edits of the
// workspace, and for all processes of a group.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace sapa {

struct CampaignSwitch {
  std::string campaign;
  bool killed = false;
  Timestamp since;
  std::string note;  ///< the operator's words; may be empty
};

/// By the campaign's name; only those that are killed.
using CampaignSwitchMap = std::map<std::string, CampaignSwitch, std::less<>>;

class CampaignSwitches {
 public:
  /// Is told everything that is killed, after each change; any thread, one call at a time.
  using Changed = std::function<void(const CampaignSwitchMap&)>;
  virtual ~CampaignSwitches() = default;

  /// Tells `changed` what is known at present before it returns, and goes on telling.
  virtual Status start(Changed changed) = 0;
  /// Afterwards `changed` is called no more.
  virtual void stop() = 0;
  /// Blocks until it is kept and `changed` has been told. One thread at a time.
  virtual Status set(const CampaignSwitch& value) = 0;
};

}  // namespace sapa
