// Times as a scenario's author writes them: short, and local to the workspace's time zone. Reads
// them and writes them in the same form.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"
#include "engine/base/time_zone.h"

namespace sapa::scenarios {

class ScenarioTimes {
 public:
  /// Of the times without a date or zone.
  void set_zone(TimeZone zone) { zone_ = zone, offset_.reset(); }
  /// "+07:00" or "Z", or a zone by its IANA name; false if it is neither.
  bool set_zone(std::string_view text);
  /// "2026-03-02"; false for what is no date.
  bool set_date(std::string_view text);

  /// RFC 3339 with its offset; or local: "10:00", "10:00:05.250", "03-05 10:00", "2026-03-05
  /// 10:00"; or "+30m" after `previous`.
  std::optional<Timestamp> read(std::string_view text, Timestamp previous) const;
  /// "10:30" on the file's date, else "2026-03-05 10:30"; seconds where there are any.
  std::string write(Timestamp t) const;

 private:
  Timestamp from_wall_clock(Timestamp local) const;
  Timestamp to_wall_clock(Timestamp t) const;

  std::string date_ = "2026-03-02";
  TimeZone zone_;
  std::optional<Duration> offset_;  // in place of the zone
};

}  // namespace sapa::scenarios
