// One WebSocket connection as a client (RFC 6455), over TCP or TLS. An object serves one connection: a new connection takes a
// new object.
//
// With TLS the server's certificate must lead to one of the system's roots and name the host; there is no way to switch that
// off. No compression. Text and binary messages both come out as bytes.
//
// Threads: connect, read and close belong to one thread, the reader; the connection lives (sends go out, pings are answered)
// while that thread is inside one of them. send and stop from any thread. Whoever destroys the object has seen to it that no
// other thread is inside send or stop.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "bot/base/result.h"

namespace handrail::connections {

inline constexpr std::size_t kInboundBytes = 16 * 1024 * 1024;  // one message; GUILD_CREATE of a large server is the largest
inline constexpr std::size_t kOutboundFrames = 1'000;           // waiting to be sent; more means the peer does not read
inline constexpr std::chrono::milliseconds kGoodbye{500};       // for the closing handshake; then the line is cut

struct WebSocketOptions {
  std::string extra_ca_file;  // PEM, beside the system's roots: private networks and tests. Empty: none
  // Nothing heard for half of this: a ping is sent; for all of it: the connection has failed. 0: never.
  std::chrono::milliseconds idle_limit{0};
};

struct Read {
  enum class Kind {
    frame,      // `text` is one message
    timed_out,  // nothing within the time: read again
    closed,     // the other side said goodbye: `code` and `why`
    failed,     // the line broke, or a message was too long or no UTF-8: `why`
    stopped     // stop() was called
  };
  Kind kind = Kind::failed;
  std::string text;
  int code = 0;     // close code, 0 when the other side gave none
  std::string why;  // for the log: never what people wrote, nor the address
};

class WebSocket {
 public:
  explicit WebSocket(WebSocketOptions options = {});
  ~WebSocket();  // cuts the line; returns soon
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  // Looks the name up, connects and shakes hands. `unavailable` with a reason (an HTTP status when the upgrade was refused),
  // `invalid` when it is no ws(s) address. Call once.
  base::Status connect(const std::string& url, std::chrono::milliseconds within);

  // Queues one text message. `unavailable` when not open, `limited` when kOutboundFrames wait already. That it is queued does
  // not say that it arrives.
  base::Status send(std::string text);

  // The next message. After closed, failed or stopped every further read says the same.
  Read read(std::chrono::milliseconds within);

  // Sends what is queued and says goodbye with `code`, both within kGoodbye, even after stop(). Messages that are still on
  // their way to us are lost.
  void close(int code);

  // Makes the reader return from connect and read at once, now and from now on.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace handrail::connections
