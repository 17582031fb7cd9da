#include "engine/workspace/loader.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/workspace/canonical.h"
#include "engine/workspace/loading.h"
#include "engine/workspace/node_reading.h"

namespace sapa {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFiles = 1'000;
constexpr size_t kMaxTotalBytes = 128 << 20;

/// The entries of `metrics:` and its like.
void collect_named(const Node& node, std::string_view what, std::vector<NamedNode>& into,
                   Findings& findings) {
  if (!node.is_mapping()) {
    return findings.error(node, "`" + std::string(what) + "` is a mapping of names to definitions");
  }
  for (size_t i = 0; i < node.keys.size(); ++i) into.push_back({&node.keys[i], &node.items[i]});
}

void collect_campaign(const Node& node, Loading& loading) {
  const Node* name = node.is_mapping() ? node.find("campaign") : nullptr;
  if (name == nullptr) {
    return loading.findings.error(node, "a campaign is a mapping with its name under `campaign`");
  }
  loading.campaigns.push_back({name, &node});
}

void collect_campaigns(const Node& node, Loading& loading) {
  if (!node.is_sequence()) return loading.findings.error(node, "`campaigns` is a list");
  for (const Node& item : node.items) collect_campaign(item, loading);
}

void collect_policy(const Node& key, const Node& node, Loading& loading) {
  if (loading.policy != nullptr) {
    SourcePosition first = loading.policy->position();
    return loading.findings.error(key, "there is one `policy` only; first at " + first.file + ":" +
                                           std::to_string(first.line));
  }
  loading.policy = &node;
}

void collect_lifecycle(const Node& key, const Node& node, Loading& loading) {
  if (!loading.stages.empty()) {
    SourcePosition first = loading.stages[0].name->position();
    return loading.findings.error(key, "there is one `lifecycle` only; first at " + first.file +
                                           ":" + std::to_string(first.line));
  }
  collect_named(node, "lifecycle", loading.stages, loading.findings);
}

void collect_document(const Node& document, Loading& loading) {
  if (document.kind == Node::Kind::kNull) return;
  if (document.find("campaign") != nullptr) return collect_campaign(document, loading);
  Fields fields(document, "a workspace's file",
                {"policy", "events", "metrics", "segments", "lifecycle", "campaigns", "campaign"},
                loading.findings);
  if (!fields.ok()) return;
  for (size_t i = 0; i < document.keys.size(); ++i) {
    const Node& key = document.keys[i];
    const Node& value = document.items[i];
    if (key.text == "policy") collect_policy(key, value, loading);
    if (key.text == "events") {
      collect_named(value, "events", loading.event_declarations, loading.findings);
    }
    if (key.text == "metrics") collect_named(value, "metrics", loading.metrics, loading.findings);
    if (key.text == "segments") {
      collect_named(value, "segments", loading.segments, loading.findings);
    }
    if (key.text == "lifecycle") collect_lifecycle(key, value, loading);
    if (key.text == "campaigns") collect_campaigns(value, loading);
  }
}

std::string fingerprint_of_documents(const std::deque<std::vector<Node>>& files) {
  std::string text;
  for (const auto& documents : files) {
    for (const Node& document : documents) text += canonical(document);
  }
  return hex_fingerprint(text, 16);
}

LoadedWorkspace load_sources(const std::deque<SourceText>& sources) {
  Loading loading;
  std::deque<std::vector<Node>> files;
  for (const SourceText& source : sources) {
    files.push_back(parse_yaml(source, loading.findings));
    for (const Node& document : files.back()) collect_document(document, loading);
  }
  load_policy(loading);
  load_events(loading);
  load_metrics(loading);
  load_segments(loading);
  load_campaigns(loading);
  LoadedWorkspace loaded;
  if (!loading.findings.has_errors()) {
    mark_unused(loading);
    loading.workspace.fingerprint = fingerprint_of_documents(files);
    loading.workspace.build_index();
    check_crowds(loading);
  }
  if (!loading.findings.has_errors()) {
    loaded.workspace = std::make_shared<const Workspace>(std::move(loading.workspace));
  }
  loaded.findings = loading.findings.take();
  return loaded;
}

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

/// Paths relative to the folder, in order; hidden files and folders and the `tests` are left out.
Result<std::vector<fs::path>> list_files(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  auto at = fs::recursive_directory_iterator(folder, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const fs::path& path = at->path();
    std::error_code ignored;
    if (path.filename().string().starts_with('.')) {
      if (at->is_directory(ignored)) at.disable_recursion_pending();
    } else if (at.depth() == 0 && path.filename() == kTestsFolder && at->is_directory(ignored)) {
      at.disable_recursion_pending();
    } else if (is_yaml(path) && at->is_regular_file(ignored)) {
      files.push_back(path.lexically_relative(folder));
    }
    if (files.size() > kMaxFiles) {
      return user_error("`" + folder.string() + "` holds more than 1000 YAML files");
    }
  }
  if (error) {
    return user_error("cannot read the folder `" + folder.string() + "`: " + error.message());
  }
  if (files.empty()) return user_error("`" + folder.string() + "` holds no *.yaml file");
  std::sort(files.begin(), files.end());
  return files;
}

/// One byte more than is allowed is read of files that are too large, so that they are refused as
/// such.
Result<std::string> read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || (!stream && !stream.eof())) {
    return user_error("cannot read `" + path.string() + "`");
  }
  text.resize(static_cast<size_t>(stream.gcount()));
  return text;
}

}  // namespace

bool Loading::take_name(std::string_view what, const Node& name) {
  auto [at, is_new] = taken_.try_emplace(std::string(what) + " " + name.text, &name);
  if (is_new) return true;
  if (findings.full()) return false;  // there is an error already
  SourcePosition first = at->second->position();
  std::string shared = what == "segment" ? " (segments and stages share their names)" : "";
  findings.error(name, std::string(what) + " `" + name.text + "` is defined twice; first at " +
                           first.file + ":" + std::to_string(first.line) + shared);
  return false;
}

void Loading::take_fingerprint(std::string_view what, Fingerprint fingerprint, const Node& name) {
  std::string key = std::string(what) + " " + std::to_string(fingerprint);
  auto [at, is_new] = fingerprints_.try_emplace(std::move(key), &name);
  if (is_new) return;
  findings.error(name, "the engine cannot tell `" + name.text + "` from `" + at->second->text +
                           "` in its state; please rename one of them");
}

Result<LoadedWorkspace> load_workspace(const std::string& folder) {
  Result<std::vector<fs::path>> files = list_files(folder);
  if (!files.ok()) return files.error();
  std::deque<SourceText> sources;
  size_t total_bytes = 0;
  for (const fs::path& file : *files) {
    Result<std::string> text = read_file(fs::path(folder) / file);
    if (!text.ok()) return text.error();
    total_bytes += text->size();
    if (total_bytes > kMaxTotalBytes) {
      return user_error("the YAML files in `" + folder + "` are larger than 128 MiB together");
    }
    sources.emplace_back(file.generic_string(), std::move(*text));
  }
  return load_sources(sources);
}

Result<std::vector<std::string>> workspace_files(const std::string& folder) {
  Result<std::vector<fs::path>> files = list_files(folder);
  if (!files.ok()) return files.error();
  std::vector<std::string> names;
  for (const fs::path& file : *files) names.push_back(file.generic_string());
  return names;
}

LoadedWorkspace load_workspace_texts(
    const std::vector<std::pair<std::string, std::string>>& files) {
  std::deque<SourceText> sources;
  for (const auto& [name, text] : files) sources.emplace_back(name, text);
  return load_sources(sources);
}

}  // namespace sapa
