#include "bot/connections/websocket.h"

#include <openssl/ssl.h>

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <deque>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "bot/connections/socket_url.h"

namespace handrail::connections {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace ws = boost::beast::websocket;
using Tcp = net::ip::tcp;
using ErrorCode = boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Done = std::function<void(ErrorCode)>;
using Endpoints = std::vector<Tcp::endpoint>;

constexpr std::size_t kBufferKept = 1024 * 1024;  // bytes; a larger message's memory is given back
constexpr std::chrono::milliseconds kLastHandlers{100};  // for handlers of a line that was cut: they fail at once

// Beast's stream over TCP and over TLS are different types; the rest of this file sees one.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual void open(const Endpoints& endpoints, const SocketUrl& url, Done done) = 0;
  virtual void read(beast::flat_buffer& into, Done done) = 0;
  virtual void write(const std::string& text, Done done) = 0;
  virtual void close(int code, Done done) = 0;
  virtual void cut() = 0;
  virtual ws::close_reason reason() const = 0;
  virtual int refused_with() const = 0;  // HTTP status of a refused upgrade, else 0
};

template <typename Next>
class StreamOver final : public Stream {
 public:
  static constexpr bool kTls = !std::is_same_v<Next, Tcp::socket>;

  template <typename... Args>
  explicit StreamOver(std::chrono::milliseconds idle_limit, Args&&... args) : stream_(std::forward<Args>(args)...) {
    ws::stream_base::timeout limits{};
    limits.handshake_timeout = ws::stream_base::none();  // connect and close have their own time
    limits.idle_timeout = idle_limit.count() > 0 ? idle_limit : ws::stream_base::none();
    limits.keep_alive_pings = true;
    stream_.set_option(limits);
    stream_.read_message_max(kInboundBytes);
    stream_.set_option(ws::stream_base::decorator(
        [](ws::request_type& request) { request.set(beast::http::field::user_agent, "handrail"); }));
  }

  void open(const Endpoints& endpoints, const SocketUrl& url, Done done) override {
    const auto shake_hands = [this, url, done] {
      stream_.async_handshake(response_, url.host_header, url.target, done);
    };
    net::async_connect(beast::get_lowest_layer(stream_), endpoints,
                       [this, url, done, shake_hands](ErrorCode error, const Tcp::endpoint&) {
                         if (error) return done(error);
                         ErrorCode ignored;
                         beast::get_lowest_layer(stream_).set_option(Tcp::no_delay(true), ignored);
                         if constexpr (kTls) {
                           start_tls(url.host, done, shake_hands);
                         } else {
                           shake_hands();
                         }
                       });
  }
  void read(beast::flat_buffer& into, Done done) override {
    stream_.async_read(into, [done](ErrorCode error, std::size_t) { done(error); });
  }
  void write(const std::string& text, Done done) override {
    stream_.text(true);
    stream_.async_write(net::buffer(text), [done](ErrorCode error, std::size_t) { done(error); });
  }
  void close(int code, Done done) override {
    stream_.async_close(ws::close_reason(static_cast<std::uint16_t>(code)), done);
  }
  void cut() override {
    ErrorCode ignored;
    beast::get_lowest_layer(stream_).close(ignored);
  }
  ws::close_reason reason() const override { return stream_.reason(); }
  int refused_with() const override {
    const int status = static_cast<int>(response_.result_int());
    return response_.result() == beast::http::status::switching_protocols ? 0 : status;
  }

 private:
  void start_tls(const std::string& host, const Done& done, std::function<void()> then) {
    Next& tls = stream_.next_layer();
    ErrorCode not_an_address;
    net::ip::make_address(host, not_an_address);
    // RFC 6066 section 3: a literal address is no server name.
    if (not_an_address && SSL_set_tlsext_host_name(tls.native_handle(), host.c_str()) != 1) {
      return done(net::error::invalid_argument);
    }
    tls.set_verify_callback(net::ssl::host_name_verification(host));
    tls.async_handshake(net::ssl::stream_base::client, [done, then](ErrorCode error) {
      if (error) return done(error);
      then();
    });
  }

  ws::stream<Next, false> stream_;  // false: no compression
  ws::response_type response_;
};

}  // namespace

struct WebSocket::Impl {
  explicit Impl(WebSocketOptions given) : options(std::move(given)) {}

  ~Impl() {
    // Handlers refer to the stream: they run, with an error, before it goes.
    if (stream) stream->cut();
    work.reset();
    io->restart();
    io->run_for(kLastHandlers);
  }

  // Runs the connection until `reached`, `until`, or stop() unless it is `deaf` to it. Whether it was reached.
  bool run(const std::function<bool()>& reached, Clock::time_point until, bool deaf = false) {
    while (!reached() && (deaf || !stopped) && Clock::now() < until) io->run_one_until(until);
    return reached();
  }

  // The system's lookup cannot be interrupted, so it has a thread of its own that nobody waits for. It owns what it touches.
  void look_up(const SocketUrl& url) {
    const auto found = std::make_shared<std::optional<Endpoints>>();
    looked_up = found;
    std::thread([keeps = io, found, host = url.host, port = url.port] {
      net::io_context own;
      Tcp::resolver resolver(own);
      ErrorCode error;
      Endpoints endpoints;
      for (const auto& entry : resolver.resolve(host, port, error)) endpoints.push_back(entry.endpoint());
      net::post(*keeps, [found, endpoints = std::move(endpoints)] { *found = endpoints; });
    }).detach();
  }

  bool make_stream(bool tls, std::string* why) {
    if (!tls) {
      stream = std::make_unique<StreamOver<Tcp::socket>>(options.idle_limit, *io);
      return true;
    }
    ErrorCode error;
    context.emplace(net::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    context->set_verify_mode(net::ssl::verify_peer);
    context->set_default_verify_paths(error);
    if (!error && !options.extra_ca_file.empty()) context->load_verify_file(options.extra_ca_file, error);
    if (error) {
      *why = "certificates cannot be loaded: " + error.message();
      return false;
    }
    stream = std::make_unique<StreamOver<beast::ssl_stream<Tcp::socket>>>(options.idle_limit, *io, *context);
    return true;
  }

  void start_read() {
    reading = true;
    stream->read(inbound, [this](ErrorCode error) {
      reading = false;
      if (error) return end(error);
      Read read;
      read.kind = Read::Kind::frame;
      read.text.assign(static_cast<const char*>(inbound.data().data()), inbound.size());
      inbound.clear();
      if (inbound.capacity() > kBufferKept) inbound.shrink_to_fit();
      arrived = std::move(read);
    });
  }

  void start_write() {
    if (writing || outbound.empty() || !open) return;
    writing = true;
    stream->write(outbound.front(), [this](ErrorCode error) {
      writing = false;
      outbound.pop_front();
      --queued;
      if (error) return end(error);
      start_write();
    });
  }

  // The first reason counts: what follows it is only its echo.
  void end(ErrorCode error) {
    if (ending) return;
    open = false;
    Read read;
    if (error == ws::error::closed) {
      read.kind = Read::Kind::closed;
      const std::uint16_t code = stream->reason().code;
      read.code = code == ws::close_code::no_status ? 0 : code;
      read.why = "closed by the other side";
    } else {
      read.why = error.message();
      stream->cut();
    }
    ending = std::move(read);
  }

  const WebSocketOptions options;
  std::shared_ptr<net::io_context> io = std::make_shared<net::io_context>(1);
  net::executor_work_guard<net::io_context::executor_type> work{io->get_executor()};
  std::optional<net::ssl::context> context;
  std::unique_ptr<Stream> stream;
  std::shared_ptr<std::optional<Endpoints>> looked_up;

  std::atomic<bool> stopped{false};
  std::atomic<bool> open{false};
  std::atomic<std::size_t> queued{0};

  // The reader's alone:
  beast::flat_buffer inbound;
  bool reading = false;
  std::optional<Read> arrived;
  std::optional<Read> ending;
  std::deque<std::string> outbound;
  bool writing = false;
};

WebSocket::WebSocket(WebSocketOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

WebSocket::~WebSocket() = default;

base::Status WebSocket::connect(const std::string& url, std::chrono::milliseconds within) {
  const auto fail = [](base::Code code, std::string why) { return base::Error{code, why, "", why}; };
  const auto parsed = parse_socket_url(url);
  if (!parsed) return fail(base::Code::invalid, "not a ws(s) address");
  Impl& own = *impl_;
  const Clock::time_point until = Clock::now() + within;
  const auto give_up = [&] {
    if (own.stream) own.stream->cut();
    return fail(base::Code::unavailable, own.stopped ? "stopped" : "no connection in time");
  };
  own.look_up(*parsed);
  if (!own.run([&] { return own.looked_up->has_value(); }, until)) return give_up();
  if ((*own.looked_up)->empty()) return fail(base::Code::unavailable, "the host's name is not known");

  std::string why;
  if (!own.make_stream(parsed->tls, &why)) return fail(base::Code::internal, why);
  // Shared: a deadline leaves this function before the handler runs.
  const auto opened = std::make_shared<std::optional<ErrorCode>>();
  own.stream->open(**own.looked_up, *parsed, [opened](ErrorCode error) { *opened = error; });
  if (!own.run([&] { return opened->has_value(); }, until)) return give_up();
  if (**opened) {
    own.stream->cut();
    const bool refused = **opened == ws::error::upgrade_declined;
    return fail(base::Code::unavailable, refused ? "the server answered with status " + std::to_string(own.stream->refused_with())
                                                 : (**opened).message());
  }
  own.open = true;
  return base::done();
}

base::Status WebSocket::send(std::string text) {
  Impl& own = *impl_;
  if (!own.open) return base::Error{base::Code::unavailable, "not connected", "", ""};
  if (++own.queued > kOutboundFrames) {
    --own.queued;
    return base::Error{base::Code::limited, "too many messages wait to be sent", "", ""};
  }
  net::post(*own.io, [&own, text = std::move(text)]() mutable {
    own.outbound.push_back(std::move(text));
    own.start_write();
  });
  return base::done();
}

Read WebSocket::read(std::chrono::milliseconds within) {
  Impl& own = *impl_;
  Read nothing;
  if (own.open && !own.reading && !own.arrived && !own.ending && !own.stopped) own.start_read();
  if (own.reading) own.run([&] { return own.arrived || own.ending; }, Clock::now() + within);
  if (own.stopped) {
    nothing.kind = Read::Kind::stopped;
    nothing.why = "stopped";
    return nothing;
  }
  if (own.arrived) return std::move(*std::exchange(own.arrived, std::nullopt));
  if (own.ending) return *own.ending;
  nothing.kind = own.reading ? Read::Kind::timed_out : Read::Kind::failed;
  nothing.why = own.reading ? "nothing came" : "not connected";
  return nothing;
}

void WebSocket::close(int code) {
  Impl& own = *impl_;
  if (!own.open) return;
  const Clock::time_point until = Clock::now() + kGoodbye;
  own.run([&] { return own.queued == 0 || own.ending; }, until, true);
  own.open = false;
  if (!own.ending) {
    const auto closed = std::make_shared<bool>(false);  // shared: the time may be over before the handler runs
    own.stream->close(code, [closed](ErrorCode) { *closed = true; });
    own.run([&] { return *closed; }, until, true);
    own.stream->cut();
  }
  if (!own.ending) own.ending = Read{Read::Kind::closed, "", code, "closed by us"};
}

void WebSocket::stop() {
  impl_->stopped = true;
  net::post(*impl_->io, [] {});
}

}  // namespace handrail::connections
