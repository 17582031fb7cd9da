#include "connectors/http/server.h"

#include <chrono>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "connectors/http/session.h"

namespace sapa {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr auto kPauseAfterFailedAccept = std::chrono::milliseconds(100);
constexpr auto kPatienceWhenStopping = std::chrono::seconds(3);

/// Accepts connections and lets the handler's time pass; on a strand of its own.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  explicit Listener(std::shared_ptr<http::Core> core)
      : core_(std::move(core)),
        strand_(asio::make_strand(core_->io)),
        acceptor_(strand_),
        pause_(strand_),
        ticker_(strand_) {}

  Status open() {
    const ListenAddress& wanted = core_->settings.listen;
    auto failed = [&](const ErrorCode& error) {
      return environment_error("cannot listen on " + wanted.host + ":" +
                                   std::to_string(wanted.port) + ": " + error.message(),
                               false);
    };
    ErrorCode error;
    tcp::resolver resolver(core_->io);
    auto found = resolver.resolve(wanted.host, std::to_string(wanted.port),
                                  tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error) return failed(error);
    tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return failed(error);
    port_ = acceptor_.local_endpoint(error).port();
    if (error) return failed(error);
    return {};
  }

  void start() {
    asio::post(strand_, [self = shared_from_this()] {
      self->last_tick_ = std::chrono::steady_clock::now();
      self->accept();
      self->tick();
    });
  }

  void stop() {
    asio::post(strand_, [self = shared_from_this()] {
      ErrorCode ignored;
      self->acceptor_.close(ignored);
      self->pause_.cancel();
      self->ticker_.cancel();
    });
  }

  uint16_t port() const { return port_; }

 private:
  void accept() {
    if (!acceptor_.is_open()) return;
    acceptor_.async_accept(asio::make_strand(core_->io), [self = shared_from_this()](
                                                             ErrorCode error, tcp::socket socket) {
      asio::dispatch(self->strand_, [self, error, moved = std::move(socket)]() mutable {
        self->on_accept(error, std::move(moved));
      });
    });
  }

  void on_accept(ErrorCode error, tcp::socket socket) {
    if (!error) {
      auto session = std::make_shared<http::Session>(core_, std::move(socket));
      if (core_->add(session)) session->start();
      return accept();
    }
    // Out of file descriptors, most likely: some will come free.
    pause_.expires_after(kPauseAfterFailedAccept);
    pause_.async_wait([self = shared_from_this()](ErrorCode) { self->accept(); });
  }

  void tick() {
    if (core_->stopping) return;
    auto now = std::chrono::steady_clock::now();
    auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - last_tick_);
    last_tick_ += elapsed;
    core_->handler.tick({elapsed.count()});
    ticker_.expires_after(kTick);
    ticker_.async_wait([self = shared_from_this()](ErrorCode) { self->tick(); });
  }

  const std::shared_ptr<http::Core> core_;
  asio::strand<asio::io_context::executor_type> strand_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::steady_timer ticker_;
  std::chrono::steady_clock::time_point last_tick_;
  uint16_t port_ = 0;
};

}  // namespace

struct HttpServer::State {
  std::shared_ptr<http::Core> core;
  std::shared_ptr<Listener> listener;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
  std::vector<std::thread> threads;

  std::vector<std::shared_ptr<http::Session>> open_sessions() const {
    std::lock_guard lock(core->mutex);
    return {core->sessions.begin(), core->sessions.end()};
  }
};

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpHandler& handler,
                                                      ServerSettings settings) {
  auto state = std::make_unique<State>();
  int threads = std::max(settings.threads, 1);
  state->core = std::make_shared<http::Core>(handler, std::move(settings));
  state->listener = std::make_shared<Listener>(state->core);
  if (auto opened = state->listener->open(); !opened.ok()) return opened.error();
  handler.set_executor([weak = std::weak_ptr(state->core)](std::function<void()> work) {
    if (auto core = weak.lock()) asio::post(core->io, std::move(work));
  });
  state->work.emplace(state->core->io.get_executor());
  state->listener->start();
  for (int i = 0; i < threads; ++i) {
    state->threads.emplace_back([core = state->core] { core->io.run(); });
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

HttpServer::~HttpServer() { stop(); }

void HttpServer::stop() {
  if (!state_->work) return;
  state_->core->handler.set_executor({});
  state_->core->stopping = true;
  state_->listener->stop();
  // Long polls are answered now rather than at the end of their time.
  state_->core->handler.tick(days(1));
  for (const auto& session : state_->open_sessions()) session->stop();
  auto deadline = std::chrono::steady_clock::now() + kPatienceWhenStopping;
  while (connections() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  for (const auto& session : state_->open_sessions()) session->abort();
  state_->work.reset();
  // With no work left the threads come back by themselves.
  for (auto& thread : state_->threads) thread.join();
}

uint16_t HttpServer::port() const { return state_->listener->port(); }

std::string HttpServer::url() const {
  std::string host = state_->core->settings.listen.host;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return "http://" + host + ":" + std::to_string(port());
}

size_t HttpServer::connections() const {
  std::lock_guard lock(state_->core->mutex);
  return state_->core->sessions.size();
}

}  // namespace sapa
