#include "tests/connections/fake_server.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <set>

namespace handrail::connections {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace ws = boost::beast::websocket;
using Tcp = net::ip::tcp;
using ErrorCode = boost::system::error_code;

template <typename Next>
class PeerOver final : public Peer {
 public:
  static constexpr bool kTls = !std::is_same_v<Next, Tcp::socket>;

  template <typename... Args>
  explicit PeerOver(Args&&... args) : stream_(std::forward<Args>(args)...) {
    stream_.control_callback([this](ws::frame_type kind, beast::string_view) { pongs_ += kind == ws::frame_type::pong ? 1 : 0; });
  }

  // Reads the request and accepts it, or refuses it with `status` when that is not 0.
  bool shake_hands(int status) {
    ErrorCode error;
    beast::get_lowest_layer(stream_).set_option(Tcp::no_delay(true), error);
    if constexpr (kTls) {
      stream_.next_layer().handshake(net::ssl::stream_base::server, error);
      if (error) return false;
      const char* name = SSL_get_servername(stream_.next_layer().native_handle(), TLSEXT_NAMETYPE_host_name);
      server_name_ = name == nullptr ? "" : name;
    }
    beast::http::request<beast::http::string_body> request;
    beast::http::read(stream_.next_layer(), buffer_, request, error);
    if (error) return false;
    target_ = std::string(request.target());
    if (status != 0) {
      beast::http::response<beast::http::string_body> response(static_cast<beast::http::status>(status), 11);
      response.prepare_payload();
      beast::http::write(stream_.next_layer(), response, error);
      return false;
    }
    stream_.accept(request, error);
    return !error;
  }

  using Peer::send;
  void send(const std::string& text) override {
    ErrorCode ignored;
    stream_.text(true);
    stream_.write(net::buffer(text), ignored);
  }
  std::optional<std::string> receive_text() override {
    ErrorCode error;
    buffer_.clear();
    stream_.read(buffer_, error);
    if (error == ws::error::closed) client_code_ = stream_.reason().code;
    if (error) return std::nullopt;
    return beast::buffers_to_string(buffer_.data());
  }
  int client_code() const override { return client_code_; }
  void ping() override {
    ErrorCode ignored;
    stream_.ping({}, ignored);
  }
  int pongs() const override { return pongs_; }
  void close(int code) override {
    ErrorCode ignored;
    stream_.close(code == 0 ? ws::close_reason() : ws::close_reason(static_cast<std::uint16_t>(code)), ignored);
  }
  void drop() override {
    ErrorCode ignored;
    beast::get_lowest_layer(stream_).shutdown(Tcp::socket::shutdown_both, ignored);
  }
  std::string target() const override { return target_; }
  std::string server_name() const override { return server_name_; }

 private:
  ws::stream<Next, false> stream_;
  beast::flat_buffer buffer_;
  std::string target_;
  std::string server_name_;
  int client_code_ = 0;
  std::atomic<int> pongs_{0};
};

struct Step {
  Script script;
  int refuse_with = 0;
};

}  // namespace

nlohmann::json Peer::receive() {
  const auto text = receive_text();
  return text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
}

struct FakeServer::Impl {
  explicit Impl(const std::string& certificate_file) {
    if (!certificate_file.empty()) {
      context.emplace(net::ssl::context::tls_server);
      context->use_certificate_chain_file(certificate_file);
      context->use_private_key_file(certificate_file, net::ssl::context::pem);
    }
    thread = std::thread([this] { accept_all(); });
  }
  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      ending = true;
      for (const int line : lines) ::shutdown(line, SHUT_RDWR);
      ::shutdown(acceptor.native_handle(), SHUT_RDWR);
    }
    over.notify_all();
    thread.join();
    for (std::thread& one : threads) one.join();
  }

  void accept_all() {
    for (;;) {
      ErrorCode error;
      Tcp::socket socket(io);
      acceptor.accept(socket, error);
      const std::lock_guard lock(mutex);
      if (error || ending) return;
      ++accepted;
      std::optional<Step> step;
      if (!steps.empty()) {
        step = std::move(steps.front());
        steps.pop_front();
      }
      lines.insert(socket.native_handle());
      threads.emplace_back([this, step, taken = std::move(socket)]() mutable { serve(std::move(taken), step); });
    }
  }

  void serve(Tcp::socket socket, const std::optional<Step>& step) {
    const int line = socket.native_handle();
    const auto forget = [&] {
      const std::lock_guard lock(mutex);
      lines.erase(line);  // before the number is closed and given to another
    };
    if (step && !step->script && step->refuse_with == 0) {
      std::unique_lock lock(mutex);
      over.wait(lock, [this] { return ending; });
      lines.erase(line);
    } else if (context) {
      PeerOver<beast::ssl_stream<Tcp::socket>> peer(std::move(socket), *context);
      play(peer, step);
      forget();
    } else {
      PeerOver<Tcp::socket> peer(std::move(socket));
      play(peer, step);
      forget();
    }
  }

  template <typename AnyPeer>
  void play(AnyPeer& peer, const std::optional<Step>& step) {
    if (!peer.shake_hands(step ? step->refuse_with : 0)) return;
    if (step) step->script(peer);
    while (!step && peer.receive_text()) {
    }
  }

  net::io_context io;
  std::optional<net::ssl::context> context;
  Tcp::acceptor acceptor{io, Tcp::endpoint(net::ip::make_address("127.0.0.1"), 0)};
  mutable std::mutex mutex;
  std::condition_variable over;
  bool ending = false;
  int accepted = 0;
  std::deque<Step> steps;
  std::set<int> lines;
  std::vector<std::thread> threads;
  std::thread thread;
};

FakeServer::FakeServer(const std::string& certificate_file) : impl_(std::make_unique<Impl>(certificate_file)) {}
FakeServer::~FakeServer() = default;

void FakeServer::then(Script script) {
  const std::lock_guard lock(impl_->mutex);
  impl_->steps.push_back({std::move(script), 0});
}
void FakeServer::then_silence() {
  const std::lock_guard lock(impl_->mutex);
  impl_->steps.push_back({nullptr, 0});
}
void FakeServer::then_refuse(int status) {
  const std::lock_guard lock(impl_->mutex);
  impl_->steps.push_back({nullptr, status});
}
std::string FakeServer::url(const std::string& host) const {
  return (impl_->context ? "wss://" : "ws://") + host + ":" + std::to_string(impl_->acceptor.local_endpoint().port());
}
int FakeServer::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->accepted;
}

}  // namespace handrail::connections
