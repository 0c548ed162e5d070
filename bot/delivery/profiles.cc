#include "bot/delivery/profiles.h"

#include <algorithm>
#include <cstdlib>

#include "adapters/channels.h"
#include "bot/base/log.h"
#include "bot/delivery/platform_call.h"
#include "bot/storage/people.h"

namespace handrail::delivery {
namespace {

constexpr std::chrono::seconds kLongestPause{600};

std::chrono::milliseconds pause_after(const adapters::HttpResult& result) {
  if (result.status != 429) return kProfilePause;
  const auto header = result.header("retry-after");
  const std::chrono::seconds wait(header ? std::strtoll(std::string(*header).c_str(), nullptr, 10) : 1);
  return std::clamp<std::chrono::milliseconds>(wait, kProfilePause, kLongestPause);
}

}  // namespace

void Profiles::start() {
  thread_ = std::thread([this] { run(); });
}

void Profiles::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Profiles::ask(const adapters::Address& person) {
  const adapters::Channel* channel = adapters::find_channel(person.channel);
  if (channel == nullptr || !channel->profile_call(person.user)) return;
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kProfilesWaiting) return;
  if (asked_.size() >= kProfilesAsked) asked_.clear();
  if (!asked_.insert(person.channel + ":" + person.workspace + ":" + person.user).second) return;
  waiting_.push_back(person);
  changed_.notify_one();
}

bool Profiles::ask_next() {
  adapters::Address person;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return false;
    person = std::move(waiting_.front());
    waiting_.pop_front();
  }
  const adapters::Channel* channel = adapters::find_channel(person.channel);
  const auto call = channel->profile_call(person.user);
  const auto token = tokens_.choose(person.channel, person.workspace);
  if (!token || token->token.empty()) return true;
  const std::string of_token = person.channel + ":" + token->workspace;
  {
    const std::lock_guard lock(mutex_);
    const auto refused = refused_until_.find(of_token);
    if (refused != refused_until_.end() && refused->second > clock_.now_ms()) return true;
  }
  const auto request = to_http(*call, person.channel, config_, token->token, "");
  if (!request) return true;
  const base::HttpReply reply = http_.send(*request);
  const adapters::HttpResult result{reply.status, reply.headers, reply.body};
  {
    const std::lock_guard lock(mutex_);
    pause_ = pause_after(result);
    if (channel->refuses_token(result)) refused_until_[of_token] = clock_.now_ms() + kRefusedTokenMs;
    // Limited: nobody was asked. They are asked for again when they write the next time.
    if (result.status == 429) asked_.erase(person.channel + ":" + person.workspace + ":" + person.user);
  }
  const auto profile = channel->read_profile(result);
  if (!profile) return true;
  const base::Status written = store_.write([&](storage::Session& session) {
    if (!storage::find_identity(session, person.channel, person.workspace, person.user)) return base::done();
    storage::find_or_create_identity(
        session, {person.channel, person.workspace, person.user, "", profile->name, profile->locale, false}, clock_.now_ms());
    return base::done();
  });
  if (!written) base::log(base::Level::warning, "profile_not_stored", {{"detail", written.error().detail}});
  return true;
}

void Profiles::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
    }
    ask_next();
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, pause_, [this] { return stopping_; })) return;
  }
}

}  // namespace handrail::delivery
