// `handrail learn`: what real messages could teach, and adding one of them. Nothing is learned
// without a person: the list only shows, with personal data masked, and an addition is refused when
// it makes any expectation fail that held before.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "bot/commands/commands.h"
#include "bot/conversation/detector_cache.h"
#include "bot/serve/app.h"
#include "bot/storage/settings.h"
#include "intents/detector.h"

namespace handrail::commands {
namespace {

constexpr double kBeyondDoubt = 0.90;
constexpr double kMayLose = 0.005;  // share of a language's expectations

constexpr std::int64_t kMessagesLookedAt = 1000;

struct Options {
  CommonOptions common;
  std::string intent, text, locale = "en", root;
};

// Names, numbers and addresses are of no use to a detector and are not ours to keep.
std::string masked(const std::string& text, const std::vector<intents::Fact>& facts) {
  static const std::set<std::string> kPersonal = {"email", "last4", "order_id", "ticket_number",
                                                  "amount"};
  std::u32string letters = locales::to_utf32(text);
  for (const intents::Fact& fact : facts) {
    if (kPersonal.count(fact.name) == 0) continue;
    for (std::size_t i = fact.begin; i < fact.end && i < letters.size(); ++i)
      letters[i] = U'\u2026';
  }
  std::u32string result;
  for (const char32_t c : letters) {
    const bool digit = (c >= U'0' && c <= U'9') || (c >= U'\u06F0' && c <= U'\u06F9') ||
                       (c >= U'\u0660' && c <= U'\u0669');
    const char32_t shown = digit ? U'\u2026' : c;
    if (shown == U'\u2026' && !result.empty() && result.back() == U'\u2026') continue;
    result += shown;
  }
  return locales::to_utf8(result);
}

std::string data_root(const Options& options) {
  return options.root.empty() ? serve::find_data_root() : options.root;
}

int list(const Options& options) {
  locales::Problems problems;
  const auto detector = conversation::learn_or_recall(
      intents::load_dataset(data_root(options) + "/intents", problems),
      conversation::user_cache_folder());
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
      if (!trace.is_object() || trace.value("decision", "answer") == "answer" ||
          !trace.value("action", "").empty())
        continue;
      intents::Context context;
      context.now = now_ms();
      const auto understood = detector->understand(message.text, context);
      const std::string text = masked(message.text, understood.facts);
      if (!shown.insert(text).second) continue;
      const std::string nearest = understood.intents.empty() ? "" : understood.intents.front().name;
      if (options.common.json) {
        std::cout << nlohmann::json{{"text", text},
                                    {"locale", understood.locale},
                                    {"nearest", nearest}}
                         .dump()
                  << "\n";
      } else {
        std::cout << understood.locale << "\t" << nearest << "?\t" << text << "\n";
      }
    }
    if (shown.empty() && !options.common.json)
      std::cout << "Every message so far was understood.\n";
    return kDone;
  });
}

std::set<std::string> held(const intents::Detector& detector, const intents::Dataset& data) {
  std::set<std::string> right;
  for (const intents::Example& example : data.expectations) {
    intents::Context context;
    const bool guide = data.scopes.at(example.intent) == "guide";
    context.scope = guide ? intents::Context::Scope::guide : intents::Context::Scope::conversation;
    if (detector.understand(example.text, context).intent == example.intent)
      right.insert(example.text);
  }
  return right;
}

// One phrase moves the shared threshold a little, so single expectations come and go; what a
// language as a whole may lose is bounded.
std::vector<std::string> languages_that_lose(const intents::Dataset& data,
                                             const std::set<std::string>& before,
                                             const std::set<std::string>& after) {
  struct Count {
    int before = 0, after = 0, all = 0;
  };
  std::map<std::string, Count> counts;
  for (const intents::Example& example : data.expectations) {
    Count& count = counts[example.locale];
    ++count.all;
    count.before += before.count(example.text) != 0 ? 1 : 0;
    count.after += after.count(example.text) != 0 ? 1 : 0;
  }
  std::vector<std::string> worse;
  for (const auto& [locale, count] : counts) {
    if (count.before - count.after <= kMayLose * count.all) continue;
    worse.push_back(locale + ": " + std::to_string(count.after) + " of " +
                    std::to_string(count.all) + " expectations would hold instead of " +
                    std::to_string(count.before));
  }
  return worse;
}

int add(const Options& options) {
  locales::Problems problems;
  const std::string root = data_root(options);
  intents::Dataset data = intents::load_dataset(root + "/intents", problems);
  if (data.scopes.count(options.intent) == 0) {
    std::cerr << "handrail: there is no intent " << options.intent << ".\n";
    return kUsedWrong;
  }
  const auto detector = conversation::learn_or_recall(data, conversation::user_cache_folder());
  const intents::Understanding now = detector->understand(options.text, {});
  const bool contradicts = now.decision == intents::Decision::answer &&
                           now.intent != options.intent && now.confidence >= kBeyondDoubt;
  if (contradicts) {
    std::cerr << "handrail: not added: this is understood as " << now.intent
              << " beyond doubt; under two intents it would blur both.\n";
    return kFoundWrong;
  }
  const std::set<std::string> before = held(*detector, data);
  const std::filesystem::path file =
      std::filesystem::path(root) / "intents" / options.intent / (options.locale + ".txt");
  intents::Example example;
  example.text = options.text;
  example.intent = options.intent;
  example.locale = options.locale;
  data.examples.push_back(example);
  const std::set<std::string> after = held(*intents::Detector::train(data), data);
  for (const std::string& text : before) {
    if (after.count(text) == 0) std::cerr << "would no longer be recognised: " << text << "\n";
  }
  const std::vector<std::string> worse = languages_that_lose(data, before, after);
  if (!worse.empty()) {
    for (const std::string& what : worse) std::cerr << what << "\n";
    std::cerr << "handrail: not added: a language would be understood worse.\n";
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
  std::cout << "Added to " << file.string() << "; " << after.size() << " expectations hold ("
            << before.size() << " before). `handrail reload` gives it to a running server.\n";
  return kDone;
}

}  // namespace

void add_learn_command(CLI::App& app, Result& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "learn", "Show real messages that were not understood, or teach one of them.");
  add_common_options(*command, options->common);
  add_json_option(*command, options->common);
  CLI::Option* intent =
      command->add_option("--add", options->intent, "The intent that --text belongs to.");
  CLI::Option* text =
      command->add_option("--text", options->text, "The phrase to add, without personal data.");
  intent->needs(text);
  text->needs(intent);
  command->add_option("--locale", options->locale, "The language of the phrase. Default: en.");
  command->add_option("--in", options->root,
                      "The checkout to add it to. Default: where the shipped data is.");
  command->callback([options, &chosen] {
    chosen = [options] { return options->intent.empty() ? list(*options) : add(*options); };
  });
}

}  // namespace handrail::commands
