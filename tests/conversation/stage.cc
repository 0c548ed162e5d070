#include "tests/conversation/stage.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <regex>

#include "bot/base/id.h"
#include "bot/base/rfc3339.h"
#include "bot/delivery/outgoing.h"
#include "bot/storage/accounts_table.h"
#include "locales/tag.h"
#include "tests/conversation/desk_moves.h"

namespace handrail::conversation::transcripts {

using adapters::InboundMessage;
using adapters::InputKind;
using adapters::Place;

namespace {

constexpr const char* kWorkspace = "T1";
constexpr const char* kThread = "1772445600.000100";
constexpr std::int64_t kMany = 1000;
const std::string kCommand = "/help";

std::string value_of(const std::map<std::string, Setting>& settings, const std::string& name, const std::string& otherwise) {
  const auto found = settings.find(name);
  return found == settings.end() ? otherwise : found->second.value;
}

// One-time tokens are new on every run; a transcript shows where one stands.
std::string without_token(const std::string& text) {
  static const std::regex token("token=[A-Za-z0-9_-]+");
  return std::regex_replace(text, token, "token=ONCE");
}

}  // namespace

accounts::Lookup BreakableAccounts::look_up(const std::string& account_id, accounts::Freshness freshness) {
  if (down_) return {accounts::Outcome::unavailable, {}, "switched off by the transcript"};
  return accounts_->look_up(account_id, freshness);
}

Stage::Stage(const Settings& settings, const std::string& source_dir, ContentHolder& content, Errors& errors)
    : clock_(*base::from_rfc3339(kUsualNow)), content_(content) {
  base::start_crypto();
  // Durability is tested elsewhere; a hundred databases are quicker in memory.
  const std::filesystem::path memory = "/dev/shm";
  folder_ = std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
  folder_ /= "handrail-transcript-" + std::to_string(::getpid());
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
  config_.product_name = "Acme";
  config_.link_url = "https://acme.example/link?token={token}";
  constexpr int kFriday = 5;
  for (int day = 1; day <= kFriday; ++day) config_.hours.spans.push_back({day, 9 * 60, 17 * 60});
  vault_ = base::Vault::open(base::Vault::new_key());
  read_settings(settings, errors);
  store_ = std::move(*storage::Store::open({"sqlite://" + (folder_ / "t.db").string(), 1}));
  accounts_ = std::make_unique<BreakableAccounts>(*store_);
  engine_ = std::make_unique<Engine>(EngineParts{*store_, clock_, *vault_, config_, content_, *accounts_, nobody_, nullptr});
  import_accounts(source_dir);
  if (here_.channel == "web_chat") open_web_chat();
  const auto account = settings.find("account");
  if (account != settings.end()) link(account->second.value);
  const int line = account == settings.end() ? 1 : account->second.line;
  for (const std::string& problem : problems_) errors.emplace_back(line, problem);
  problems_.clear();
}

Stage::~Stage() {
  engine_.reset();
  store_.reset();
  std::filesystem::remove_all(folder_);
}

void Stage::read_settings(const Settings& settings, Errors& errors) {
  const auto wrong = [&](const char* name, const std::string& what) { errors.emplace_back(settings.at(name).line, what); };
  const auto now = base::from_rfc3339(value_of(settings, "now", kUsualNow));
  if (!now) wrong("now", std::string("a time such as ") + kUsualNow);
  clock_.set(now.value_or(0));
  platform_locale_ = value_of(settings, "locale", "");
  if (value_of(settings, "link_page", "yes") == "none") config_.link_url.clear();

  here_.channel = value_of(settings, "channel", "web_chat");
  if (here_.channel != "web_chat" && here_.channel != "slack" && here_.channel != "discord") {
    wrong("channel", "web_chat, slack or discord");
  }
  here_.workspace = here_.channel == "slack" ? kWorkspace : "";
  here_.user = "U1";
  direct_ = here_;
  direct_.place_id = "D1";
  static const std::map<std::string, Place> places = {
      {"direct", Place::direct}, {"channel", Place::channel}, {"thread", Place::thread}, {"group", Place::group}};
  const auto place = places.find(value_of(settings, "place", "direct"));
  if (place == places.end()) return wrong("place", "direct, channel, thread or group");
  here_.place = place->second;
  here_.place_id = here_.place == Place::direct ? "D1" : "C1";
  if (here_.place != Place::direct && here_.channel == "web_chat") wrong("place", "a web chat is always direct");
  has_thread_ = here_.channel == "slack" && here_.place != Place::direct;
  if (has_thread_) here_.thread = kThread;
}

void Stage::write(const storage::Work& work) {
  const base::Status done = store_->write(work);
  if (!done) fail(done.error().message + " " + done.error().detail);
}

void Stage::import_accounts(const std::string& source_dir) {
  std::ifstream stream(source_dir + "/tests/conversation/accounts.json");
  const auto imported = accounts::import_accounts(*store_, nlohmann::json::parse(stream, nullptr, false), clock_.now_ms());
  if (!imported) fail("accounts.json: " + imported.error().message);
}

void Stage::open_web_chat() {
  write([&](storage::Session& session) {
    const storage::Identity visitor{"web_chat", "", here_.user, "", "", platform_locale_, false};
    const auto identity = storage::find_or_create_identity(session, visitor, clock_.now_ms());
    storage::Conversation conversation;
    conversation.id = base::new_id(clock_.now_ms());
    conversation.key = "web_chat:" + conversation.id;
    conversation.person_id = identity.person_id;
    conversation.channel = "web_chat";
    here_.place_id = direct_.place_id = conversation.id;
    conversation.address = adapters::to_json(here_, false).dump();
    storage::find_or_create_conversation(session, conversation, clock_.now_ms());
    return base::done();
  });
}

void Stage::link(const std::string& account_id) {
  write([&](storage::Session& session) {
    if (!storage::get_account(session, account_id)) {
      return base::Status(base::Error{base::Code::not_found, "no account " + account_id + " in accounts.json", "", ""});
    }
    const storage::Identity person{here_.channel, here_.workspace, here_.user, "", "", "", false};
    storage::link_identity(session, person, account_id, clock_.now_ms());
    return base::done();
  });
  account_id_ = account_id;
}

InboundMessage Stage::words(const std::string& text, bool in_dm) {
  InboundMessage message;
  message.from = in_dm ? direct_ : here_;
  message.text = text;
  message.mentioned = true;
  message.interactive = here_.channel == "web_chat";
  if (text.substr(0, kCommand.size()) == kCommand) {
    message.kind = InputKind::command;
    message.text = text.substr(std::min(text.size(), kCommand.size() + 1));
    message.interactive = true;
    message.ephemeral = message.from.place != Place::direct;
    if (message.ephemeral) message.from.thread.clear();
  }
  return message;
}

Outcome Stage::send(InboundMessage message) {
  message.event_key = here_.channel + ":" + std::to_string(++number_);
  message.platform_locale = platform_locale_;
  const auto accepted = engine_->accept(message, Engine::Waits::no);
  if (!accepted) {
    if (accepted.error().code != base::Code::limited) fail("not accepted: " + accepted.error().message);
    return Outcome::refused;
  }
  if (accepted->outcome == Acceptance::ignored) fail("ignored: " + accepted->because);
  return accepted->outcome == Acceptance::limited ? Outcome::refused : Outcome::answered;
}

// A deletion is never decided at once, so it keeps the conversation's queue open for the messages behind it.
void Stage::hold_queue(const adapters::Address& from) {
  InboundMessage message;
  message.kind = InputKind::deletion;
  message.from = from;
  message.mentioned = true;
  message.edited_key = "an earlier post";
  send(message);
}

void Stage::press(const std::string& label, Played& played) {
  const auto button = std::find_if(buttons_.begin(), buttons_.end(), [&](const Button& b) { return b.label == label; });
  if (button == buttons_.end()) {
    std::string known;
    for (const Button& one : buttons_) known += " [" + one.label + "]";
    return fail("no such button; what was read last has" + (known.empty() ? " none" : known));
  }
  InboundMessage message;
  message.kind = InputKind::action;
  message.from = button->to;
  message.action = button->id;
  message.mentioned = true;
  message.interactive = here_.channel != "slack";
  message.ephemeral = button->ephemeral || (here_.channel == "discord" && button->to.place != Place::direct);
  played.outcome = send(std::move(message));
}

void Stage::change_world(const std::string& what) {
  if (what == "account service down") return accounts_->set_down(true);
  if (what == "account service up") return accounts_->set_down(false);
  const std::string linked = "linked to ";
  if (what.substr(0, linked.size()) == linked) return link(what.substr(linked.size()));
  const nlohmann::json patch = nlohmann::json::parse(what.substr(what.find('{')), nullptr, false);
  write([&](storage::Session& session) {
    nlohmann::json account = nlohmann::json::parse(storage::get_account(session, account_id_).value_or("{}"), nullptr, false);
    account.merge_patch(patch);
    const auto facts = accounts::facts_from_json(account);
    if (!facts) return base::Status(facts.error());
    storage::put_account(session, account_id_, account.dump(), clock_.now_ms());
    return base::done();
  });
}

// What the bot has said since the last time, in every conversation; an agent's words stand in the transcript already.
std::vector<Answer> Stage::hear() {
  std::vector<Answer> answers;
  std::vector<Button> buttons;
  const auto read = store_->read([&](storage::Session& session) {
    const auto places = session.select<std::string, std::string>("SELECT id, conversation_key FROM conversations ORDER BY id");
    for (const auto& [id, key] : places) {
      const bool is_dm = here_.place != Place::direct && key.find(":dm:") != std::string::npos;
      for (const storage::Message& message : storage::messages_after(session, id, heard_[id], kMany)) {
        heard_[id] = message.seq;
        if (message.author != "bot") continue;
        const auto reply = delivery::reply_of(message);
        answers.push_back({is_dm, without_token(reply.text)});
        last_locale_ = reply.locale;
        const bool is_rtl = locales::direction(reply.locale) == locales::Direction::rtl;
        if (reply.text.find('{') != std::string::npos) fail("a placeholder was not filled: " + reply.text);
        if (reply.direction != (is_rtl ? "rtl" : "ltr")) fail("an answer in " + reply.locale + " goes " + reply.direction);
        Button button{"", "", is_dm ? direct_ : here_, message.audience == "person_only"};
        if (button.ephemeral) button.to.thread.clear();
        for (const adapters::Action& action : reply.actions) {
          if (action.style == adapters::ActionStyle::link) continue;
          button.id = action.id;
          button.label = action.label;
          buttons.push_back(button);
        }
      }
    }
    return base::done();
  });
  if (!read) fail(read.error().detail);
  if (!answers.empty()) buttons_ = std::move(buttons);
  // The place comes first and the DM after it, as a person sees the pointer and then opens the DM.
  std::stable_sort(answers.begin(), answers.end(), [](const Answer& a, const Answer& b) { return a.in_dm < b.in_dm; });
  return answers;
}

Played Stage::play(const Move& move, Errors& errors) {
  Played played;
  switch (move.kind) {
    case MoveKind::says:
      if (move.texts.size() > 1) hold_queue(move.in_dm ? direct_ : here_);
      for (const std::string& text : move.texts) {
        last_said_ = words(text, move.in_dm);
        played.outcome = send(*last_said_);
        // What follows a post in a channel is written in the thread under it.
        if (!move.in_dm && has_thread_) here_.place = Place::thread;
      }
      break;
    case MoveKind::presses:
      press(move.texts.front(), played);
      break;
    case MoveKind::repeats:
      for (std::int64_t i = 0; i < move.count && last_said_; ++i) {
        const bool accepted = send(*last_said_) == Outcome::answered;
        engine_->run_until_idle();
        if (!accepted || hear().empty()) fail("repetition " + std::to_string(i + 1) + " was not answered");
      }
      break;
    case MoveKind::passes:
      clock_.advance(std::chrono::milliseconds(move.count));
      break;
    case MoveKind::agent: {
      const auto loaded = content_.get();
      const auto done = let_agent_act(*store_, {config_, *vault_, *loaded->catalogs}, move.texts, clock_.now_ms());
      if (!done) fail(done.error().message);
      break;
    }
    case MoveKind::world:
      change_world(move.texts.front());
      break;
  }
  engine_->run_until_idle();
  played.answers = hear();
  const bool person = move.kind == MoveKind::says || move.kind == MoveKind::presses;
  if (person && played.answers.empty() && played.outcome == Outcome::answered) played.outcome = Outcome::silent;
  for (const std::string& problem : problems_) errors.emplace_back(move.first_line, problem);
  problems_.clear();
  return played;
}

std::string Stage::check(const Check& check) {
  const std::string& what = check.words[0];
  const std::vector<storage::Ticket> all = all_tickets(*store_);
  if (what == "ticket") return check_ticket(check.words, all);
  if (what == "tickets") {
    return check.words[1] == std::to_string(all.size()) ? "" : "there are " + std::to_string(all.size()) + " tickets";
  }
  if (what == "locale") return check.words[1] == last_locale_ ? "" : "the answer is in " + last_locale_;
  std::string owner = "nobody: there are no direct messages";
  const auto read = store_->read([&](storage::Session& session) {
    const std::string key = Engine::conversation_key(words("", true));
    const auto conversation = here_.channel == "web_chat" ? storage::get_conversation(session, here_.place_id)
                                                          : storage::find_conversation(session, key);
    if (conversation) owner = conversation->owner;
    return base::done();
  });
  if (!read) return read.error().detail;
  return check.words[1] == owner ? "" : "the conversation is owned by " + owner;
}

}  // namespace handrail::conversation::transcripts
