// Files that mean harm, or that an editor left half-written: refused with a finding, in bounded
// time, never by an exception.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/unit/workspace/loading.h"

namespace sapa {
namespace {

namespace fs = std::filesystem;

std::string first_finding(const std::string& text) {
  LoadedWorkspace loaded = load_workspace_texts({{"f", text}});
  EXPECT_EQ(loaded.workspace, nullptr);
  return loaded.findings.empty() ? "" : loaded.findings[0].message;
}

/// An eighth of a MiB of the same line.
std::string full_of(const std::string& line) {
  std::string text;
  while (text.size() + line.size() <= (1 << 17)) text += line;
  return text;
}

TEST(HostileWorkspace, RefusesLargeFiles) {
  EXPECT_EQ(first_finding(std::string((1 << 20) + 1, '#')),
            "the file is larger than 1 MiB; split it into several");
  EXPECT_EQ(first_finding("a: " + std::string(20'000, 'x')), "the line is longer than 16 KiB");
}

TEST(HostileWorkspace, IsRefusedQuickly) {
  for (const std::string& text :
       {full_of("a:\n"), full_of("? "), full_of("- "), full_of("---\n"), full_of("!a "),
        full_of("a: |\n"), full_of("[\n"), full_of("{a: \n"), full_of("]\n"), full_of("'\n"),
        full_of("\"\\\n"), full_of("%YAML 1.2\n"), full_of("*a\n"), full_of("#\n"),
        full_of("campaign: a\n---\n"), "metrics:\n" + full_of("  a: {latest: x, of: B}\n"),
        "campaign: a\nchannel: push\nwhen: {event: A}\nmessage:\n  title: |\n" +
            full_of("    {{ x }} {{ y }}\n").substr(0, 60'000)}) {
    SCOPED_TRACE(text.substr(0, 80));
    auto start = std::chrono::steady_clock::now();
    load_workspace_texts({{"f", text}});
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  }
}

TEST(HostileWorkspace, RefusesDeepNesting) {
  EXPECT_EQ(first_finding("metrics: " + std::string(40, '[')), "nested more than 32 levels deep");
  EXPECT_FALSE(first_finding("metrics: " + full_of("[\n")).empty());
  EXPECT_FALSE(first_finding("metrics: " + full_of("{\n")).empty());
  std::string blocks;
  for (int i = 0; i < 200; ++i) blocks += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(first_finding(blocks), "nested more than 32 levels deep");
}

TEST(HostileWorkspace, RefusesAliasBombs) {
  EXPECT_EQ(first_finding("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"),
            "anchors are not supported; write the value out");
}

TEST(HostileWorkspace, RefusesOtherEncodingsAndControlCharacters) {
  EXPECT_EQ(first_finding("a: \xff\xfe"), "the file is not UTF-8 text");
  EXPECT_EQ(first_finding(std::string("a\0b", 3)), "the file holds a control character");
  EXPECT_EQ(first_finding("a: \x04"), "the file holds a control character");
}

TEST(HostileWorkspace, ReadsPastAByteOrderMark) {
  EXPECT_EQ(first_finding("\xEF\xBB\xBFmetrics: {a: {}}\n").substr(0, 12), "metric `a` d");
}

TEST(HostileWorkspace, ReportsABoundedNumberOfFindings) {
  std::string text = "metrics:\n";
  for (int i = 0; i < 20'000; ++i) text += "  m" + std::to_string(i) + ": {cuont: A}\n";
  LoadedWorkspace loaded = load_workspace_texts({{"f", text}});
  EXPECT_LE(loaded.findings.size(), 500u);
  EXPECT_EQ(loaded.workspace, nullptr);
}

std::vector<std::string> example_texts() {
  std::vector<std::string> texts;
  for (const auto& entry : fs::recursive_directory_iterator(SAPA_SOURCE_DIR "/deploy/workspaces")) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    texts.push_back(text.str());
  }
  return texts;
}

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  std::string mutate(std::string text, const std::vector<std::string>& others) {
    size_t edits = 1 + below(4);
    for (size_t i = 0; i < edits && !text.empty(); ++i) {
      size_t at = below(text.size());
      size_t length = 1 + below(std::min<size_t>(40, text.size() - at));
      switch (below(6)) {
        case 0:
          text.erase(at, length);
          break;
        case 1:
          text.insert(at, kPieces[below(std::size(kPieces))]);
          break;
        case 2:
          text[at] = static_cast<char>(below(256));
          break;
        case 3:
          text.insert(at, text.substr(at, length));
          break;
        case 4: {
          const std::string& other = others[below(others.size())];
          text.replace(at, length, other.substr(below(other.size()), length));
          break;
        }
        default:
          text.resize(at);
          break;
      }
    }
    return text;
  }

 private:
  static constexpr const char* kPieces[] = {
      "{{",   "}}",  "{",     "}",    "[", "]",  ": ",       "\n",     "\n  ",
      "\t",   "'",   "\"",    "\\",   "|", ">-", "---",      "...",    "? ",
      "- ",   "&a ", "*a",    "!x ",  "%", "#",  "metrics.", "event.", "&&",
      "has(", ")",   "\\u00", "null", "~", "0",  "@",        "`",      "\xF0\x9F\x98\x80",
      "\xC3"};
  size_t below(size_t bound) { return random_() % bound; }
  std::mt19937 random_;
};

TEST(HostileWorkspace, NeverThrowsOnMutatedFiles) {
  std::vector<std::string> texts = example_texts();
  ASSERT_GE(texts.size(), 4u);
  size_t refused = 0;
  for (uint32_t seed = 0; seed < 3'000; ++seed) {
    Mutator mutator(seed);
    std::string text = mutator.mutate(texts[seed % texts.size()], texts);
    SCOPED_TRACE(seed);
    LoadedWorkspace loaded;
    ASSERT_NO_THROW(loaded = load_workspace_texts({{"mutated.yaml", text}}));
    bool any_error = false;
    auto lines = static_cast<uint32_t>(std::count(text.begin(), text.end(), '\n') + 1);
    for (const Finding& finding : loaded.findings) {
      any_error |= finding.severity == Finding::Severity::kError;
      ASSERT_GE(finding.position.line, 1u);
      ASSERT_LE(finding.position.line, lines);
      ASSERT_GE(finding.position.column, 1u);
      ASSERT_FALSE(to_string(finding).empty());
    }
    ASSERT_EQ(loaded.workspace == nullptr, any_error);
    refused += any_error;
  }
  EXPECT_GT(refused, 1'000u);
}

}  // namespace
}  // namespace sapa
