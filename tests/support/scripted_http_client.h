// The in-memory twin of base::HttpClient: answers what the test scripted and remembers every call.
// Thread safe.
//
//   ScriptedHttpClient http;
//   http.answer({200, {}, R"({"ok":true})", ""});                            // the next call gets
//   this http.answer_always([](const HttpCall& call) { return HttpReply{...}; });  // every call
//   without an answer of its own
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "bot/base/http_client.h"

namespace handrail::base {

class ScriptedHttpClient final : public HttpClient {
 public:
  using Handler = std::function<HttpReply(const HttpCall&)>;

  void answer(HttpReply reply) {
    const std::lock_guard lock(mutex_);
    next_.push_back(std::move(reply));
  }
  void answer_always(Handler handler) {
    const std::lock_guard lock(mutex_);
    always_ = std::move(handler);
  }

  // Without any answer left: status 0, as if nobody were there.
  HttpReply send(const HttpCall& call) override {
    Handler handler;
    {
      const std::lock_guard lock(mutex_);
      calls_.push_back(call);
      if (!next_.empty()) {
        HttpReply reply = std::move(next_.front());
        next_.pop_front();
        return reply;
      }
      handler = always_;
    }
    if (handler) return handler(call);
    HttpReply nobody;
    nobody.error = "no answer was scripted";
    return nobody;
  }

  std::vector<HttpCall> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<HttpReply> next_;
  Handler always_;
  std::vector<HttpCall> calls_;
};

}  // namespace handrail::base
