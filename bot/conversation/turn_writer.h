// Writes one turn in the caller's transaction: the inbox rows done, what the person said, tickets, what is answered and its
// sends, the trace and the new state. All of it or nothing.
//
// The work of a transaction may run twice: each run makes its own TurnWriter. Not thread safe.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bot/base/secret.h"
#include "bot/conversation/turn_job.h"
#include "bot/tickets/service.h"
#include "bot/tickets/triage.h"

namespace handrail::conversation {

// What others are told once the transaction is durable.
struct Written {
  std::vector<std::pair<std::string, Decided>> decided;  // inbox id and its answer
  std::set<std::string> changed_conversations;
  std::set<std::string> changed_tickets;
  std::vector<delivery::Parcel> parcels;  // for the courier
  bool filled_outbox = false;             // rows that a worker has to claim
  bool language_unknown = false;          // the platform has not told the person's language
};

class TurnWriter {
 public:
  // `in_hand`: sends may be put into parcels rather than be claimed from the outbox.
  TurnWriter(storage::Session& session, const TurnJob& job, const config::Config& config, const base::Vault& vault, bool in_hand)
      : session_(session), job_(job), config_(config), vault_(vault), in_hand_(in_hand) {}

  base::Status write(const Plan& planned);
  Written& written() { return written_; }

 private:
  // False: somebody else has decided one of the rows.
  bool finish_rows();
  // An edit follows our copy and is answered again only when its meaning has changed; a deletion redacts it.
  bool is_settled_without_answer();
  // The cards of the person's tickets follow what they have deleted or edited.
  void mend_cards(const std::string& conversation_id);
  std::vector<tickets::SaidFacts> said_in(const std::set<std::string>& conversations) const;
  void find_place(const Snapshot& found);
  std::string label_of(const std::string& action) const;
  void append_said();
  base::Result<bool> must_stay_silent(const Snapshot& found);
  const storage::Conversation& direct_conversation();
  base::Status carry_out(const Plan& plan);
  base::Status open_ticket(const Plan& plan, const std::string& kind, const std::string& reason, bool opens);
  base::Status say(const Plan& plan);
  void save_state(const Plan& plan);
  bool is_direct_place() const { return job_.last().from.place == adapters::Place::direct; }

  storage::Session& session_;
  const TurnJob& job_;
  const config::Config& config_;
  const base::Vault& vault_;
  const bool in_hand_;
  Written written_;
  storage::Identity identity_;
  storage::Conversation conversation_;
  std::optional<storage::Conversation> direct_;
  std::string ticket_id_;
};

}  // namespace handrail::conversation
