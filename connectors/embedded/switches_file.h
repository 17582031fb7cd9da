// The campaigns that are killed, in a file of the state folder: for an engine of one process. The
// file is replaced whole, so that a crash leaves the old one or the new one.
#pragma once

#include <string>

#include "engine/ports/campaign_switches.h"

namespace sapa {

class SwitchesFile final : public CampaignSwitches {
 public:
  /// The file need not be there yet; its folder must be.
  explicit SwitchesFile(std::string path) : path_(std::move(path)) {}

  /// An environment error for a file that can't be read.
  Status start(Changed changed) override;
  void stop() override { changed_ = nullptr; }
  Status set(const CampaignSwitch& value) override;

 private:
  Status write(const CampaignSwitchMap& switches) const;

  std::string path_;
  Changed changed_;
  CampaignSwitchMap switches_;
};

}  // namespace sapa
