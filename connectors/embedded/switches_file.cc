#include "connectors/embedded/switches_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <unistd.h>

#include "engine/ports/campaign_switch_json.h"

namespace sapa {
namespace {

/// Of a file or, for the name in it, a folder.
bool sync(const std::string& path) {
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  bool synced = ::fsync(file) == 0;
  ::close(file);
  return synced;
}

std::string folder_of(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

Status SwitchesFile::start(Changed changed) {
  std::ifstream stream(path_, std::ios::binary);
  if (stream.is_open()) {
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    Arena arena;
    auto json = JsonReader().read(text, arena);
    if (!json || !json->is(Kind::kList)) {
      return environment_error("the list of killed campaigns in " + path_ +
                                   " can't be read; restore it, or remove it so that no campaign "
                                   "is killed",
                               false);
    }
    for (uint32_t i = 0; i < json->size; ++i) {
      CampaignSwitch value;
      if (read_switch(json->items[i], value) && value.killed) switches_[value.campaign] = value;
    }
  }
  changed_ = std::move(changed);
  changed_(switches_);
  return {};
}

Status SwitchesFile::set(const CampaignSwitch& value) {
  CampaignSwitchMap next = switches_;
  if (value.killed) {
    next[value.campaign] = value;
  } else {
    next.erase(value.campaign);
  }
  if (Status written = write(next); !written) return written;
  switches_ = std::move(next);
  if (changed_) changed_(switches_);
  return {};
}

Status SwitchesFile::write(const CampaignSwitchMap& switches) const {
  std::string text = "[";
  for (const auto& [name, value] : switches) {
    text += text.size() == 1 ? "\n  " : ",\n  ";
    text += to_json(value, "");
  }
  text += "\n]\n";
  std::string temporary = path_ + ".new";
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  bool kept = file && sync(temporary) && std::rename(temporary.c_str(), path_.c_str()) == 0 &&
              sync(folder_of(path_));
  if (kept) return {};
  return environment_error("can't write " + path_ + ": " + std::strerror(errno));
}

}  // namespace sapa
