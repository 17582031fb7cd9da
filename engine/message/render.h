// Fills a campaign's texts for one customer: chooses the locale, evaluates what stands in {{ }},
// and puts the result into the evaluation's arena.
#pragma once

#include <string>
#include <string_view>

#include "engine/evaluation/evaluation.h"
#include "engine/message/trigger.h"

namespace sapa {

/// Of a message's texts together. No channel takes nearly as much, and a trigger of that size fits
/// into a Kafka record of the usual limit of 1 MiB even if every byte has to be escaped.
inline constexpr size_t kMostContentBytes = 64 << 10;

class Renderer {
 public:
  /// The message in `locale` ("id-ID"; falls back to "id", then to the first that the campaign
  /// has). False if an expression failed or the texts came out longer than kMostContentBytes;
  /// `why` then says which text and how, in the arena.
  bool render(const Campaign& campaign, std::string_view locale, const Evaluation& evaluation,
              Arena& arena, Content& content, std::string_view& why);

  /// One text; for collapse keys.
  bool render_text(const LocalizedText& text, std::string_view locale, const Evaluation& evaluation,
                   Arena& arena, std::string_view& out, std::string_view& why);

 private:
  std::string scratch_;
};

}  // namespace sapa
