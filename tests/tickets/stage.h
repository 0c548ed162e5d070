// Where agents' work is tried: a temporary database with a person who has a ticket, the shipped words, two agents.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "bot/storage/outbox.h"
#include "bot/tickets/service.h"
#include "tests/support/temporary_store.h"

namespace handrail::tickets {

inline constexpr std::int64_t kNow = 1'795'430'000'000;
inline constexpr std::int64_t kMinuteMs = 60'000;

class Stage : public testing::Test {
 protected:
  Stage();

  storage::Ticket open_ticket(const std::string& kind = "refund", const std::string& locale = "en");
  // Runs one verb of the service in a transaction, which is undone when it fails.
  template <typename Verb>
  auto act(Verb verb) {
    using Outcome = decltype(verb(std::declval<storage::Session&>(), std::declval<const Desk&>()));
    std::optional<Outcome> outcome;
    const Desk desk{config_, *vault_, *catalogs_};
    const base::Status written = (*store_).write([&](storage::Session& session) {
      outcome.emplace(verb(session, desk));
      return *outcome ? base::done() : base::Status(outcome->error());
    });
    EXPECT_TRUE(written.ok() || written.error().code != base::Code::internal) << (written ? "" : written.error().detail);
    return *outcome;
  }
  base::Result<storage::Ticket> claim(const storage::Ticket& ticket, const Actor& actor);
  base::Result<Replied> reply(const storage::Ticket& ticket, const Actor& actor, const std::string& id, const std::string& text);
  base::Result<storage::Ticket> resolve(const storage::Ticket& ticket, const Actor& actor, const std::string& outcome = "");
  base::Result<storage::Ticket> reopen(const storage::Ticket& ticket, const Actor& actor);
  bool person_wrote();

  storage::Ticket stored(const storage::Ticket& ticket);
  std::string owner();
  std::vector<std::string> history(const storage::Ticket& ticket);  // "actor what detail"
  std::vector<storage::Message> said();
  std::int64_t unsent();

  storage::TemporaryStore store_;
  config::Config config_;
  std::optional<base::Vault> vault_;
  std::shared_ptr<const locales::Catalogs> catalogs_;
  storage::Conversation conversation_;
  const Actor sara_{"a1", "Sara"};
  const Actor omid_{"a2", "Omid"};
  const Actor api_{"", "api"};
  std::int64_t now_ = kNow;
};

}  // namespace handrail::tickets
