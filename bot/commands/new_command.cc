// `handrail new intent|guide|locale|channel NAME`: a skeleton that `handrail check` (or the build)
// tells how to finish.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "bot/commands/commands.h"
#include "bot/serve/app.h"
#include "knowledge/guide_words.h"
#include "locales/catalog.h"
#include "locales/tag.h"

namespace handrail::commands {

namespace fs = std::filesystem;

namespace {

struct Options {
  std::string kind, name, root;
};

bool is_stem(const std::string& name) {
  return !name.empty() && name.size() <= 60 && name.front() >= 'a' && name.front() <= 'z' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

std::string readable(std::string name) {
  for (char& c : name) {
    if (c == '_') c = ' ';
  }
  return name;
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
  std::cout << "made " << path.string() << "\n";
}

std::vector<std::string> locales_of(const fs::path& root) {
  locales::Problems ignored;
  return locales::Catalogs::load((root / "locales").string(), ignored)->locales();
}

void new_intent(const fs::path& root, const std::string& name) {
  const fs::path folder = root / "intents" / name;
  write(folder / "intent.json",
        "{\"description\": \"" + readable(name) + "\", \"scope\": \"conversation\"}\n");
  write(folder / "en.txt",
        "# What people say, one phrase a line.\nplaceholder phrase about " + readable(name) + "\n");
  write(folder / "en.expect.txt",
        "# What must be recognised; none of it among the phrases.\nexpected words about " +
            readable(name) + "\n");
  std::cout << "Next: write at least 25 phrases and as many expectations a language, and a guide "
               "of the same name.\n";
}

void new_guide(const fs::path& root, const std::string& name) {
  const fs::path folder = root / "knowledge" / name;
  write(folder / "guide.json",
        "{\n  \"kind\": \"guide\",\n  \"intro\": [{\"id\": \"intro\"}],\n  \"steps\": [{\"id\": "
        "\"first_step\"}]\n}\n");
  const std::string title = readable(name);
  const std::string english = "# How to: " + title +
                              "\n\n## intro\n\nOne sentence on what this is about.\n\n## "
                              "first_step\n\nThe step in a few words\n\nWhat to do, exactly.\n";
  for (const std::string& locale : locales_of(root)) {
    const std::string head =
        locale == "en" ? "" : "<!-- source: " + knowledge::source_hash(english) + " -->\n";
    write(folder / (locale + ".md"), head + english);
  }
  std::cout << "Next: write the words in each language and run `handrail check`.\n";
}

// A new language begins as a copy of English, so that `check` is green and every sentence can be
// replaced one by one.
int new_locale(const fs::path& root, const std::string& tag) {
  if (locales::canonical_tag(tag) != tag) {
    std::cerr << "handrail: " << tag << " is not a language tag such as de or pt-BR.\n";
    return kUsedWrong;
  }
  std::ifstream stream(root / "locales" / "en.json");
  const auto english = nlohmann::ordered_json::parse(stream, nullptr, false);
  nlohmann::ordered_json catalog = {
      {"name", locales::display_name(tag, tag)},
      {"direction", locales::direction_name(tag)},
      {"fallback", "en"}};
  for (const auto& [key, message] : english["messages"].items())
    catalog["messages"][key] = message["text"];
  write(root / "locales" / (tag + ".json"), catalog.dump(2) + "\n");
  for (const auto& entry : fs::directory_iterator(root / "knowledge")) {
    const fs::path words = entry.path() / "en.md";
    if (!fs::exists(words)) continue;
    std::ifstream file(words, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    write(entry.path() / (tag + ".md"),
          "<!-- source: " + knowledge::source_hash(text) + " -->\n" + text);
  }
  std::cout << "Next: translate locales/" << tag << ".json and each knowledge/*/" << tag
            << ".md, then add intents/*/" << tag << ".txt.\n";
  return kDone;
}

void new_channel(const fs::path& root, const std::string& name) {
  std::string text =
      R"code(// @NAME@: what this platform posts to us and how it is answered. See adapters/channel.h for the contract.
#include "adapters/channel.h"

#include "adapters/plain_text.h"
#include "adapters/signature.h"
#include "adapters/untrusted_json.h"

namespace handrail::adapters {
namespace {

class NewChannel final : public Channel {
 public:
  std::string_view name() const override { return "@NAME@"; }
  std::vector<std::string> paths() const override { return {"/@NAME@/events"}; }

  // Begins closed: nothing is accepted until the platform's signature is checked here.
  Verification verify(const HttpRequest&, std::int64_t, const Secrets& secrets) const override {
    return {secrets.signing_secret.empty() ? Verdict::not_configured : Verdict::refused, "verification is not written"};
  }
  Parsed parse(const HttpRequest& request, std::int64_t, const OwnIds&) const override {
    JsonError error;
    const auto body = parse_json(request.body, &error);
    if (!body) return Malformed{error.path, error.message};
    return Unknown{Untrusted(&*body, "")["type"].text().substr(0, 64)};
  }
  HttpAnswer respond(const InboundMessage&, const Answers&, const RenderOptions&) const override { return {200, "", "", false}; }
  std::vector<Send> render(const Reply& reply, const Address& to, const RenderOptions& options) const override {
    Send send;
    send.kind = "post";
    send.to = to;
    send.body = {{"text", reply.text}};
    send.nonce = options.nonce_seed;
    return {send};
  }
  Step next_step(const Send&, const std::optional<HttpResult>&) const override {
    return GiveUp{"delivery is not written", false, false, false, false};
  }
  std::optional<Send> next_rung(const Send&, const GiveUp&, const std::string&) const override { return std::nullopt; }
};

}  // namespace

std::unique_ptr<Channel> make_@NAME@_channel() { return std::make_unique<NewChannel>(); }

}  // namespace handrail::adapters
)code";
  for (std::size_t at = text.find("@NAME@"); at != std::string::npos; at = text.find("@NAME@"))
    text.replace(at, 6, name);
  const fs::path folder = root / "adapters" / name;
  write(folder / "channel.cc", text);
  write(folder / "README.md",
        "# " + name +
            "\n\nIn: what the platform posts. Out: messages of adapters/message.h, and "
            "sends.\nNever: sockets, clocks, storage, logs.\n");
  std::cout << "Next: collect real payloads in fixtures/, then write verify, parse, render and "
               "next_step. The next build finds the folder.\n";
}

int make(const Options& options) {
  const fs::path root =
      options.root.empty() ? fs::path(serve::find_data_root()) : fs::path(options.root);
  if (options.kind == "locale") {
    if (fs::exists(root / "locales" / (options.name + ".json"))) {
      std::cerr << "handrail: " << options.name << " exists.\n";
      return kFoundWrong;
    }
    return new_locale(root, options.name);
  }
  if (!is_stem(options.name)) {
    std::cerr << "handrail: a name has lower-case letters, digits and underscores, such as "
                 "change_plan.\n";
    return kUsedWrong;
  }
  const char* parent = options.kind == "intent"  ? "intents"
                       : options.kind == "guide" ? "knowledge"
                                                 : "adapters";
  if (fs::exists(root / parent / options.name)) {
    std::cerr << "handrail: " << parent << "/" << options.name << " exists.\n";
    return kFoundWrong;
  }
  if (options.kind == "intent") new_intent(root, options.name);
  if (options.kind == "guide") new_guide(root, options.name);
  if (options.kind == "channel") new_channel(root, options.name);
  return kDone;
}

}  // namespace

void add_new_command(CLI::App& app, Result& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("new", "Make the skeleton of an intent, a guide, a locale or a channel.");
  command->add_option("kind", options->kind, "intent, guide, locale or channel.")
      ->required()
      ->check(CLI::IsMember({"intent", "guide", "locale", "channel"}));
  command->add_option("name", options->name, "Its name, e.g. change_plan, or a language tag.")
      ->required();
  command->add_option("--in", options->root,
                      "The checkout to make it in. Default: where the shipped data is.");
  command->callback([options, &chosen] { chosen = [options] { return make(*options); }; });
}

}  // namespace handrail::commands
