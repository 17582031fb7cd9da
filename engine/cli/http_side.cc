#include "engine/cli/http_side.h"

#include "connectors/http/server.h"
#include "connectors/prometheus/callback_metrics.h"
#include "connectors/prometheus/metrics_page.h"
#include "connectors/prometheus/process_metrics.h"
#include "engine/api/api.h"

namespace sapa {
namespace {

void add_rocksdb_figures(const RocksResources& resources, CallbackMetrics& metrics) {
  auto add = [&](const char* name, const char* help, size_t RocksMemory::*figure) {
    metrics.add_gauge(name, help, [&resources, figure] {
      return static_cast<double>(resources.memory().*figure);
    });
  };
  add("sapa_rocksdb_cache_capacity_bytes", "What RocksDB may hold in memory.",
      &RocksMemory::capacity);
  add("sapa_rocksdb_cache_used_bytes", "Blocks, filters and write buffers in memory.",
      &RocksMemory::cached);
  add("sapa_rocksdb_cache_pinned_bytes", "Of these, in use right now.", &RocksMemory::pinned);
  add("sapa_rocksdb_write_buffer_bytes", "Write buffers of the embedded log.",
      &RocksMemory::write_buffers);
}

void add_embedded_figures(const std::shared_ptr<EmbeddedLog>& log, CallbackMetrics& metrics) {
  metrics.add_gauge("sapa_embedded_log_bytes", "Size of the embedded log on disk.",
                    [log] { return static_cast<double>(log->bytes_on_disk()); });
  metrics.add_gauge("sapa_embedded_log_waiting_events", "Events accepted but not yet worked in.",
                    [log] {
                      auto waiting = log->events_waiting();
                      return waiting ? static_cast<double>(*waiting) : -1.0;
                    });
}

ApiPorts ports_of(EngineParts& parts, std::shared_ptr<CallbackMetrics> figures) {
  ApiPorts ports;
  ports.intake = parts.embedded.get();
  ports.feed = parts.embedded.get();
  ports.customers = parts.engine.get();
  ports.readiness = parts.engine.get();
  ports.metrics = [registry = parts.registry, figures] {
    return metrics_page({registry, figures});
  };
  ports.workspace = parts.control.get();
  ports.on_response = [telemetry = parts.telemetry.get()](std::string_view route, int status) {
    telemetry->count_response(route, status);
  };
  return ports;
}

ApiSettings api_settings(const RunOptions& options, bool loopback) {
  ApiSettings settings;
  settings.access.write_keys = options.write_keys;
  settings.access.read_keys = options.read_keys;
  settings.access.admin_keys = options.admin_keys;
  settings.access.open_without_keys = loopback;
  settings.limits.event.max_record_bytes = options.max_record_bytes;
  settings.limits.event.max_depth = options.max_depth;
  settings.limits.event.max_string_bytes = options.max_string_bytes;
  return settings;
}

}  // namespace

struct HttpSide::State {
  RunningWorkspace* workspace = nullptr;
  std::shared_ptr<CallbackMetrics> figures = std::make_shared<CallbackMetrics>();
  std::unique_ptr<Api> api;
  std::unique_ptr<HttpServer> server;  ///< last: serves from the rest
};

HttpSide::HttpSide(std::unique_ptr<State> state) : state_(std::move(state)) {}

HttpSide::~HttpSide() { stop(); }

Result<std::unique_ptr<HttpSide>> HttpSide::start(EngineParts& parts, const RunOptions& options) {
  auto address = parse_listen_address(options.listen);
  if (!address) return user_error("--listen: " + address.error().message);
  auto state = std::make_unique<State>();
  state->workspace = parts.control.get();
  add_process_metrics(*state->figures);
  add_rocksdb_figures(*parts.resources, *state->figures);
  state->figures->add_gauge(
      "sapa_ready", "1 while the engine does its work, 0 while something is in its way (/readyz).",
      [engine = parts.engine.get()] { return engine->obstacles().empty() ? 1.0 : 0.0; });
  if (parts.embedded) add_embedded_figures(parts.embedded, *state->figures);
  state->api = std::make_unique<Api>(api_settings(options, is_loopback(*address)),
                                     ports_of(parts, state->figures));
  ServerSettings settings;
  settings.listen = *address;
  auto server = HttpServer::start(*state->api, settings);
  if (!server) return server.error();
  state->server = std::move(*server);
  return std::unique_ptr<HttpSide>(new HttpSide(std::move(state)));
}

std::string HttpSide::url() const { return state_->server->url(); }

void HttpSide::stop() {
  state_->workspace->stop();  // its answers need the API
  state_->server->stop();
  state_->figures->clear();
}

}  // namespace sapa
