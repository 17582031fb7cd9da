// Writes checkpoints into the store of the given folder until it is killed: the n-th gives every
// one of 20 customers the value n, a timer due at n, and the position n. With a second argument,
// `restore`, as a store does that is restored from nothing. Prints a byte once it has begun.
#include <string>
#include <string_view>

#include <unistd.h>

#include "engine/customer/rocks_options.h"
#include "engine/customer/rocks_store.h"

int main(int argc, char** argv) {
  using namespace sapa;
  const bool restore = argc > 2 && std::string_view(argv[2]) == "restore";
  auto resources = std::make_shared<RocksResources>(RocksSettings{size_t{8} << 20, 1});
  RocksStoreSettings settings;
  if (restore) settings.checkpoint_bytes = 0;
  auto opened = RocksStore::open(resources, argv[1], settings);
  if (!opened.ok()) return 1;
  RocksStore& store = **opened;
  int64_t start = store.changelog_position() + 1;
  for (int64_t n = start;; ++n) {
    std::string bytes = std::to_string(n) + "," + std::string(3000, 'x');
    Timestamp earlier = n == 0 ? Timestamp::never() : Timestamp{n - 1};
    for (int c = 0; c < 20; ++c) {
      if (!store.apply({"c" + std::to_string(c), bytes, {n}, earlier}).ok()) return 1;
    }
    if (!store.apply_meta(std::to_string(n), n).ok() || !store.checkpoint(!restore).ok()) return 1;
    if (n == start && write(STDOUT_FILENO, "x", 1) != 1) return 1;
  }
}
