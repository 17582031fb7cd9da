#include "engine/cli/dlq.h"

#include <algorithm>
#include <iostream>
#include <map>

#include <fmt/format.h>

#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "engine/cli/progress.h"

namespace sapa {
namespace {

constexpr size_t kBatch = 500;
constexpr size_t kBatchBytes = 8 << 20;

int failed(const Error& error, std::ostream& errors) {
  errors << "sapa: " << error.message << "\n";
  return error.fault == Fault::kUser ? 2 : 1;
}

bool wanted(const DlqOptions& options, const DeadLetter& letter) {
  auto among = [](const std::vector<std::string>& list, const std::string& one) {
    return list.empty() || std::find(list.begin(), list.end(), one) != list.end();
  };
  if (options.waiting && letter.replayed) return false;
  if (options.partition >= 0 && letter.partition != options.partition) return false;
  return among(options.codes, letter.code) && among(options.ids, letter.id());
}

/// On one line and without what would upset a terminal.
std::string plain(std::string_view text, size_t most) {
  std::string line;
  for (char c : text) {
    if (line.size() >= most) return line + "…";
    bool printable = static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
    line += printable ? c : ' ';
  }
  return is_valid_utf8(line) ? line : "(bytes)";
}

void append_text_or_hex(std::string_view name, std::string_view bytes, std::string& out) {
  if (is_valid_utf8(bytes)) {
    out += fmt::format(",\"{}\":", name);
    return append_json_string(bytes, out);
  }
  out += fmt::format(",\"{}Hex\":\"", name);
  for (unsigned char byte : bytes) out += fmt::format("{:02x}", byte);
  out += '"';
}

std::string as_json(const DeadLetter& letter, bool in_full) {
  std::string out = "{\"id\":";
  auto member = [&](const char* name, std::string_view value) {
    out += fmt::format(",\"{}\":", name);
    append_json_string(value, out);
  };
  append_json_string(letter.id(), out);
  member("topic", letter.topic);
  out += fmt::format(",\"partition\":{},\"offset\":{}", letter.partition, letter.offset);
  member("time", letter.time);
  member("code", letter.code);
  member("reason", letter.reason);
  out += fmt::format(",\"replayed\":{},\"bytes\":{}", letter.replayed,
                     std::max<uint64_t>(letter.cut_from, letter.value.size()));
  append_text_or_hex("key", letter.key, out);
  if (in_full) {
    if (letter.cut_from > 0) out += ",\"cut\":true";
    out += ",\"headers\":{";
    for (size_t i = 0; i < letter.headers.size(); ++i) {
      if (i > 0) out += ',';
      append_json_string(letter.headers[i].first, out);
      out += ':';
      append_json_string(letter.headers[i].second, out);
    }
    out += '}';
    append_text_or_hex("value", letter.value, out);
  }
  return out + "}";
}

}  // namespace

int run_dlq_list(DeadLetterLog& log, const DlqOptions& options, std::ostream& out,
                 std::ostream& errors) {
  std::map<std::string, uint64_t> by_code;
  uint64_t count = 0, replayed = 0;
  Status status = log.read([&](const DeadLetter& letter) -> Status {
    if (!wanted(options, letter)) return {};
    if (options.json) {
      out << as_json(letter, false) << "\n";
      return {};
    }
    if (count++ == 0) {
      out << fmt::format("{:<12} {:<24} {:<20} {:<16} {:>8}  {}\n", "ID", "TIME", "CODE", "KEY",
                         "BYTES", "REASON");
    }
    replayed += letter.replayed;
    by_code[letter.code] += 1;
    out << fmt::format("{:<12} {:<24} {:<20} {:<16} {:>8}  {}{}\n", letter.id(), letter.time,
                       plain(letter.code, 20), plain(letter.key, 16),
                       std::max<uint64_t>(letter.cut_from, letter.value.size()),
                       letter.replayed ? "(put back) " : "", plain(letter.reason, 100));
    return {};
  });
  if (!status) return failed(status.error(), errors);
  if (options.json) return 0;
  out << count << (count == 1 ? " dead letter" : " dead letters");
  if (replayed > 0) out << ", " << replayed << " of them put back already";
  const char* between = ": ";
  for (const auto& [code, number] : by_code) {
    out << between << number << " " << code;
    between = ", ";
  }
  out << "\n";
  return 0;
}

int run_dlq_show(DeadLetterLog& log, const DlqOptions& options, std::ostream& out,
                 std::ostream& errors) {
  bool any = false;
  Status status = log.read([&](const DeadLetter& letter) -> Status {
    if (!wanted(options, letter)) return {};
    if (options.json) {
      out << as_json(letter, true) << "\n";
      any = true;
      return {};
    }
    if (any) out << "\n";
    any = true;
    out << fmt::format("id:        {} (partition/offset) of {}\n", letter.id(), letter.topic)
        << "time:      " << letter.time << "\ncode:      " << letter.code
        << "\nreason:    " << letter.reason << "\nput back:  " << (letter.replayed ? "yes" : "no")
        << "\nkey:       " << plain(letter.key, 1000) << "\n";
    for (const auto& [name, value] : letter.headers) {
      out << "header:    " << plain(name, 200) << ": " << plain(value, 1000) << "\n";
    }
    out << fmt::format("value:     {} bytes", letter.value.size());
    if (letter.cut_from > 0) out << fmt::format(", the first of {}", letter.cut_from);
    out << "\n";
    if (is_valid_utf8(letter.value)) {
      out << letter.value << "\n";
    } else {
      for (size_t i = 0; i < letter.value.size(); ++i) {
        out << fmt::format("{:02x}{}", static_cast<unsigned char>(letter.value[i]),
                           i % 32 == 31 ? "\n" : " ");
      }
      out << "\n";
    }
    return {};
  });
  if (!status) return failed(status.error(), errors);
  if (any) return 0;
  errors << "sapa: there is no dead letter " << options.ids.front() << "\n";
  return 1;
}

int run_dlq_replay(DeadLetterLog& log, const DlqOptions& options, std::ostream& out,
                   std::ostream& errors) {
  if (!options.dry_run) {
    if (Status begun = log.begin_replay(); !begun) return failed(begun.error(), errors);
  }
  std::vector<DeadLetter> batch;
  size_t batch_bytes = 0;
  uint64_t put_back = 0, before = 0, cut = 0;
  Progress progress("putting back", 0);
  auto put = [&]() -> Status {
    if (batch.empty()) return {};
    if (!options.dry_run) {
      if (Status status = log.replay(batch, options.to); !status) return status;
    }
    put_back += batch.size();
    batch.clear();
    batch_bytes = 0;
    progress.update(put_back, put_back);
    return {};
  };
  Status status = log.read([&](const DeadLetter& letter) -> Status {
    if (!wanted(options, letter)) return {};
    if (letter.replayed) return ++before, Status();
    if (letter.cut_from > 0) {
      ++cut;
      errors << "sapa: " << letter.id() << " was too large to be kept whole (" << letter.cut_from
             << " bytes) and can't be put back; the record itself may still be "
             << "at that place of " << letter.topic << "\n";
      return {};
    }
    if (options.dry_run) {
      out << fmt::format("would put back {} {} {}\n", letter.id(), plain(letter.code, 20),
                         plain(letter.key, 40));
    }
    batch_bytes += letter.value.size();
    batch.push_back(letter);
    return batch.size() >= kBatch || batch_bytes >= kBatchBytes ? put() : Status();
  });
  if (status) status = put();
  progress.clear();
  out << (options.dry_run ? "would put back " : "put back ") << put_back
      << (put_back == 1 ? " record" : " records");
  if (before > 0) out << "; " << before << " had been put back before";
  if (cut > 0) out << "; " << cut << " could not be";
  out << "\n";
  if (!status) {
    errors << "sapa: the rest was not put back; run the command again to go on\n";
    return failed(status.error(), errors);
  }
  return cut > 0 ? 1 : 0;
}

}  // namespace sapa
