#include "engine/cli/inspect.h"

#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "connectors/embedded/embedded_log.h"
#include "connectors/http/http_client.h"
#include "engine/base/json.h"
#include "engine/cli/workspace_option.h"
#include "engine/customer/rocks_options.h"
#include "engine/customer/rocks_store.h"
#include "engine/decision/decider.h"
#include "engine/runtime/customer_description.h"
#include "engine/runtime/customer_table.h"

namespace sapa {
namespace {

/// A customer's JSON; nothing if there is no such customer.
using Found = Result<std::optional<std::string>>;

Found ask_engine(const InspectCommand& command) {
  auto answer = http_get(command.url, "/v1/customers/" + percent_encode(command.customer_id));
  if (!answer) return answer.error();
  if (answer->status == 404) return std::optional<std::string>();
  if (answer->status != 200) {
    return environment_error("the engine answers " + std::to_string(answer->status) + ": " +
                             answer->body);
  }
  return std::optional(answer->body);
}

/// Takes no decisions: only to have a decider, which knows how records are made ready.
class NoDecisions final : public DecisionSink {
  void on_trigger(const Campaign&, const Trigger&) override {}
  void on_decision(const Campaign&, const Decision&) override {}
  void on_metric_error(const Metric&, std::string_view) override {}
};

Found describe_from(CustomerStore& store, const std::string& id,
                    const std::shared_ptr<const Workspace>& workspace) {
  std::string bytes;
  auto found = store.get(id, bytes);
  if (!found) return found.error();
  if (!*found) return std::optional<std::string>();
  Customer customer;
  customer.id = id;
  if (!decode_customer(bytes, record_layout(*workspace), customer)) {
    return environment_error(
        "the stored record can't be read: it is damaged, or of another version of sapa", false);
  }
  NoDecisions sink;
  Decider(workspace, sink).adopt(customer);
  return std::optional(describe_customer(customer, *workspace, Timestamp{customer.last_seen}));
}

Found read_folder(const InspectCommand& command,
                  const std::shared_ptr<const Workspace>& workspace) {
  namespace fs = std::filesystem;
  auto resources = std::make_shared<RocksResources>();
  std::error_code error;
  if (fs::is_directory(command.state_dir + "/log", error)) {
    auto log = EmbeddedLog::open_read_only(resources, command.state_dir + "/log");
    if (!log) return log.error();
    auto store = (*log)->open((*log)->partition_of(command.customer_id));
    if (!store) return store.error();
    return describe_from(**store, command.customer_id, workspace);
  }
  bool any = false;
  for (const auto& entry : fs::directory_iterator(command.state_dir, error)) {
    if (!entry.is_directory() || !fs::exists(entry.path() / "CURRENT")) continue;
    any = true;
    auto store = RocksStore::open_read_only(resources, entry.path().string());
    if (!store) return store.error();
    Found found = describe_from(**store, command.customer_id, workspace);
    if (!found || *found) return found;
  }
  if (!any) return user_error(command.state_dir + " holds no state of an engine");
  return std::optional<std::string>();
}

/// Indented lines: maps and lists open a level, everything else is one line.
void print_value(const Value& value, int depth, std::ostream& out) {
  std::string indent(static_cast<size_t>(depth) * 2, ' ');
  if (value.is(Kind::kMap)) {
    for (uint32_t i = 0; i < value.size; ++i) {
      const MapEntry& entry = value.entries[i];
      bool nested = entry.value.is(Kind::kMap) || entry.value.is(Kind::kList);
      out << indent << entry.key.as_string() << ":";
      if (nested && entry.value.size == 0) {
        out << " none\n";
      } else if (nested) {
        out << "\n";
        print_value(entry.value, depth + 1, out);
      } else {
        std::string text;
        append_text(entry.value, text);
        out << " " << text << "\n";
      }
    }
  } else if (value.is(Kind::kList)) {
    for (uint32_t i = 0; i < value.size; ++i) {
      std::string text;
      if (value.items[i].is(Kind::kMap)) {
        // A list's item is one line: its fields in order.
        const Value& item = value.items[i];
        for (uint32_t j = 0; j < item.size; ++j) {
          if (j > 0) text += "  ";
          if (!text.empty() || j > 0) text += std::string(item.entries[j].key.as_string()) + " ";
          append_text(item.entries[j].value, text);
        }
      } else {
        append_text(value.items[i], text);
      }
      out << indent << "- " << text << "\n";
    }
  }
}

}  // namespace

int run_inspect_customer(const InspectCommand& command, std::ostream& out, std::ostream& errors) {
  Found found = std::optional<std::string>();
  if (command.state_dir.empty()) {
    found = ask_engine(command);
  } else {
    auto workspace = load_or_explain(command.workspace, errors);
    if (!workspace) return 1;
    found = read_folder(command, workspace);
  }
  if (!found) {
    errors << "sapa: " << found.error().message << "\n";
    return 1;
  }
  if (!*found) {
    errors << "sapa: there is no customer '" << command.customer_id << "'\n";
    return 1;
  }
  if (command.json) {
    out << **found << "\n";
    return 0;
  }
  Arena arena;
  auto value = JsonReader().read(**found, arena);
  if (!value) {
    errors << "sapa: the engine's answer can't be read: " << value.error().message << "\n";
    return 1;
  }
  print_value(*value, 0, out);
  return 0;
}

void add_inspect(CLI::App& app, int& exit_code) {
  auto command = std::make_shared<InspectCommand>();
  CLI::App* sub = app.add_subcommand("inspect", "Show what the engine knows");
  sub->require_subcommand(1);
  CLI::App* customer = sub->add_subcommand("customer", "Everything known about a customer");
  customer->add_option("ID", command->customer_id, "User id or anonymous id")->required();
  CLI::Option* url =
      customer->add_option("--url", command->url, "A running engine")->capture_default_str();
  url->envname("SAPA_URL");
  CLI::Option* state =
      customer->add_option("--state-dir", command->state_dir, "Read this state folder instead");
  CLI::Option* workspace = customer->add_option("--workspace,-w", command->workspace,
                                                "The workspace, to give the state its names");
  state->needs(workspace);
  customer->add_flag("--json", command->json, "Print JSON");
  std::string examples =
      "Examples:\n"
      "  sapa inspect customer c0000123\n"
      "  sapa inspect customer c0000123 --url http://10.0.0.7:8080 --json\n"
      "  sapa inspect customer c0000123 --state-dir /var/lib/sapa --workspace my-shop";
  customer->footer(examples);
  sub->footer(examples);
  customer->callback(
      [command, &exit_code] { exit_code = run_inspect_customer(*command, std::cout, std::cerr); });
}

}  // namespace sapa
