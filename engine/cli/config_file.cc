#include "engine/cli/config_file.h"

#include <algorithm>

#include <yaml-cpp/yaml.h>

namespace sapa {
namespace {

std::string place(const std::string& path, const YAML::Mark& mark) {
  return path + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1) + ": ";
}

std::string dashed(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

/// The option's values as the command line would have them.
Status collect(const std::string& where, const YAML::Node& value, std::vector<std::string>& out) {
  switch (value.Type()) {
    case YAML::NodeType::Scalar:
      out.push_back(value.Scalar());
      return {};
    case YAML::NodeType::Sequence:
      for (const YAML::Node& item : value) {
        if (!item.IsScalar()) return user_error(where + "a list here holds plain values only");
        out.push_back(item.Scalar());
      }
      return {};
    case YAML::NodeType::Map:
      for (const auto& entry : value) {
        if (!entry.first.IsScalar() || !entry.second.IsScalar()) {
          return user_error(where + "a mapping here holds plain values only");
        }
        out.push_back(entry.first.Scalar() + "=" + entry.second.Scalar());
      }
      return {};
    default:
      return user_error(where + "a value is missing");
  }
}

Status apply_entry(const std::string& path, const YAML::Node& key, const YAML::Node& value,
                   CLI::App& command) {
  std::string where = place(path, key.Mark());
  std::string name = "--" + dashed(key.Scalar());
  CLI::Option* option = command.get_option_no_throw(name);
  if (option == nullptr || name == "--config" || name == "--help") {
    return user_error(where + "there is no option '" + key.Scalar() + "'; `sapa " +
                      command.get_name() + " --help` lists them");
  }
  if (option->count() > 0) return {};
  std::vector<std::string> values;
  if (Status collected = collect(where, value, values); !collected) return collected;
  try {
    for (const std::string& text : values) option->add_result(text);
    option->run_callback();
  } catch (const CLI::Error& error) {
    return user_error(where + error.what());
  }
  return {};
}

}  // namespace

Status apply_config_file(const std::string& path, CLI::App& command) {
  YAML::Node root;
  try {
    root = YAML::LoadFile(path);
    if (root.IsNull()) return {};
    if (!root.IsMap()) return user_error(path + ": the file is no mapping of options to values");
    for (const auto& entry : root) {
      if (!entry.first.IsScalar()) return user_error(path + ": an option's name must be a text");
      Status applied = apply_entry(path, entry.first, entry.second, command);
      if (!applied) return applied;
    }
  } catch (const YAML::BadFile&) {
    return user_error("can't read the configuration file " + path);
  } catch (const YAML::Exception& error) {
    return user_error(place(path, error.mark) + error.msg);
  }
  return {};
}

void allow_environment(CLI::App& command) {
  for (CLI::Option* option : command.get_options()) {
    if (option->get_lnames().empty()) continue;
    std::string name = option->get_lnames()[0];
    if (name == "help") continue;
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
      return c == '-' ? '_' : static_cast<char>(std::toupper(c));
    });
    option->envname("SAPA_" + name);
  }
}

}  // namespace sapa
