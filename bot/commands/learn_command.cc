// `handrail learn`: what real messages could teach, and adding one of them. Nothing is learned without a person: the list only
// shows, with personal data masked, and an addition is refused when it makes any expectation fail that held before.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

#include "bot/commands/commands.h"
#include "bot/serve/app.h"
#include "bot/storage/settings.h"
#include "intents/detector.h"

namespace handrail::commands {
namespace {

constexpr std::int64_t kMessagesLookedAt = 1000;

struct Options {
  CommonOptions common;
  std::string intent, text, locale = "en", root;
};

// Names, numbers and addresses are of no use to a detector and are not ours to keep.
std::string masked(const std::string& text, const std::vector<intents::Fact>& facts) {
  static const std::set<std::string> kPersonal = {"email", "last4", "order_id", "ticket_number", "amount"};
  std::u32string letters = locales::to_utf32(text);
  for (const intents::Fact& fact : facts) {
    if (kPersonal.count(fact.name) == 0) continue;
    for (std::size_t i = fact.begin; i < fact.end && i < letters.size(); ++i) letters[i] = U'\u2026';
  }
  std::u32string result;
  for (const char32_t c : letters) {
    const bool digit = (c >= U'0' && c <= U'9') || (c >= U'\u06F0' && c <= U'\u06F9') || (c >= U'\u0660' && c <= U'\u0669');
    const char32_t shown = digit ? U'\u2026' : c;
    if (shown == U'\u2026' && !result.empty() && result.back() == U'\u2026') continue;
    result += shown;
  }
  return locales::to_utf8(result);
}

std::string data_root(const Options& options) { return options.root.empty() ? serve::find_data_root() : options.root; }

int list(const Options& options) {
  locales::Problems problems;
  const auto detector = intents::Detector::train(intents::load_dataset(data_root(options) + "/intents", problems));
  return with_store(options.common, [&](storage::Store& store, const config::Config&) {
    std::vector<storage::DecidedMessage> messages;
    const auto read = store.read([&](storage::Session& session) {
      messages = storage::recent_decisions(session, kMessagesLookedAt);
      return base::done();
    });
    if (!read) return complain(read.error());
    std::set<std::string> shown;
    for (const storage::DecidedMessage& message : messages) {
      const auto trace = nlohmann::json::parse(message.trace, nullptr, false);
      if (!trace.is_object() || trace.value("decision", "answer") == "answer" || !trace.value("action", "").empty()) continue;
      intents::Context context;
      context.now = now_ms();
      const auto understood = detector->understand(message.text, context);
      const std::string text = masked(message.text, understood.facts);
      if (!shown.insert(text).second) continue;
      const std::string nearest = understood.intents.empty() ? "" : understood.intents.front().name;
      if (options.common.json) {
        std::cout << nlohmann::json{{"text", text}, {"locale", understood.locale}, {"nearest", nearest}}.dump() << "\n";
      } else {
        std::cout << understood.locale << "\t" << nearest << "?\t" << text << "\n";
      }
    }
    if (shown.empty() && !options.common.json) std::cout << "Every message so far was understood.\n";
    return kDone;
  });
}

std::set<std::string> held(const intents::Dataset& data) {
  const auto detector = intents::Detector::train(data);
  std::set<std::string> right;
  for (const intents::Example& example : data.expectations) {
    intents::Context context;
    const bool guide = data.scopes.at(example.intent) == "guide";
    context.scope = guide ? intents::Context::Scope::guide : intents::Context::Scope::conversation;
    if (detector->understand(example.text, context).intent == example.intent) right.insert(example.text);
  }
  return right;
}

int add(const Options& options) {
  locales::Problems problems;
  const std::string root = data_root(options);
  intents::Dataset data = intents::load_dataset(root + "/intents", problems);
  if (data.scopes.count(options.intent) == 0) {
    std::cerr << "handrail: there is no intent " << options.intent << ".\n";
    return kUsedWrong;
  }
  const std::set<std::string> before = held(data);
  const std::filesystem::path file =
      std::filesystem::path(root) / "intents" / options.intent / (options.locale + ".txt");
  intents::Example example;
  example.text = options.text;
  example.intent = options.intent;
  example.locale = options.locale;
  data.examples.push_back(example);
  const std::set<std::string> after = held(data);
  int lost = 0;
  for (const std::string& text : before) {
    if (after.count(text) != 0) continue;
    ++lost;
    std::cerr << "would no longer be recognised: " << text << "\n";
  }
  if (lost > 0) {
    std::cerr << "handrail: not added: it makes " << lost << " expectations fail that hold now.\n";
    return kFoundWrong;
  }
  std::ofstream(file, std::ios::app) << options.text << "\n";
  locales::Problems wrong;
  intents::load_dataset(root + "/intents", wrong);
  if (wrong.size() > problems.size()) {
    // The phrase stands elsewhere already: take it back and say where.
    const auto size = std::filesystem::file_size(file);
    std::filesystem::resize_file(file, size - options.text.size() - 1);
    for (const auto& problem : wrong) std::cerr << locales::to_text(problem) << "\n";
    std::cerr << "handrail: not added.\n";
    return kFoundWrong;
  }
  std::cout << "Added to " << file.string() << "; " << after.size() << " expectations hold (" << before.size()
            << " before). `handrail reload` gives it to a running server.\n";
  return kDone;
}

}  // namespace

void add_learn_command(CLI::App& app, Result& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("learn", "Show real messages that were not understood, or teach one of them.");
  add_common_options(*command, options->common);
  add_json_option(*command, options->common);
  CLI::Option* intent = command->add_option("--add", options->intent, "The intent that --text belongs to.");
  CLI::Option* text = command->add_option("--text", options->text, "The phrase to add, without personal data.");
  intent->needs(text);
  text->needs(intent);
  command->add_option("--locale", options->locale, "The language of the phrase. Default: en.");
  command->add_option("--in", options->root, "The checkout to add it to. Default: where the shipped data is.");
  command->callback([options, &chosen] {
    chosen = [options] { return options->intent.empty() ? list(*options) : add(*options); };
  });
}

}  // namespace handrail::commands
