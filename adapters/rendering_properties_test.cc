// Both renderers under seeded random Unicode. Each case builds a guide out of hostile words, renders it, reads the messages
// back as the platform would show them, and holds them against the contracts (Slack section 6 and 7, Discord section 4).
// A failure names its seed: `reply_of(seed)` builds the same reply again.
#include <algorithm>
#include <set>

#include "adapters/discord/markdown.h"
#include "adapters/seams.h"
#include "adapters/slack/mrkdwn.h"
#include "adapters/test_support.h"

namespace handrail::adapters {
namespace {

using nlohmann::json;
using namespace testing;

constexpr unsigned kSeeds = 300;
constexpr unsigned kTextSeeds = 2000;

std::size_t length(const std::string& text) { return locales::count_code_points(text); }

// What markup and renderers put in or take out; the rest of a text has to arrive, in order.
std::string bare(const std::string& text) {
  static const std::set<char32_t> kMarkup{U'*', U'`', U'\\', U' ', U'\n', U'\t', U'\r', 0x200B, 0x200F};
  std::u32string result;
  for (const char32_t c : locales::to_utf32(text)) {
    if (kMarkup.count(c) == 0) result += c;
  }
  return locales::to_utf8(result);
}

char32_t random_code_point(std::mt19937& random) {
  // A few of each kind: planes 0 to 16, marks, right-to-left, bidi controls, zero width.
  static const std::pair<char32_t, char32_t> kRanges[] = {
      {0x20, 0x7E},     {0xA0, 0x24F},    {0x300, 0x36F},   {0x5D0, 0x5EA},     {0x620, 0x64A},     {0x64B, 0x655},     {0x900, 0x97F},
      {0xE01, 0xE4D},   {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2066, 0x2069},   {0x3041, 0x3096},   {0x4E00, 0x9FFF},   {0xE000, 0xF8FF},
      {0xFE00, 0xFE0F}, {0x1F300, 0x1F64F}, {0x1F3FB, 0x1F3FF}, {0x20000, 0x2A6DF}, {0xE0020, 0xE007F}, {0x10FF00, 0x10FFFD}};
  const auto& [first, last] = kRanges[random() % std::size(kRanges)];
  return first + static_cast<char32_t>(random() % (last - first + 1));
}

std::string random_words(std::mt19937& random, std::size_t longest) {
  static const std::string kBad[] = {
      "<!channel>", "<!here|here>", "<!everyone>", "<@U1>", "<@U1|ana>", "<#C1|general>", "<!subteam^S1>", "<https://evil.example|bank>",
      "@everyone", "@here", "<@1>", "<@!1>", "<@&1>", "<#1>", "<:a:1>", "<a:b:2>", "<t:1:R>", "</help:1>", "[bank](https://evil.example)",
      "&lt;!channel&gt;", "&amp;lt;", "&", "**", "*", "_", "~~", "||", "`", "```", "``", "\\", "> ", "# ", "- ", "-# ", "1. ", "\n", "\n\n", " ",
      "https://a.example/x_y_z?a=1&b=2", "help@here.example", "\u202E", "\u2066", "👩‍👩‍👧‍👦", "🏳️‍🌈", "e\u0301\u0302\u0323", "سلام دنیا", "שלום"};
  const std::size_t wanted = 1 + random() % longest;
  const unsigned manner = random() % 4;  // one word without a space, bad words, any characters, all of them
  const std::string& favourite = kBad[random() % std::size(kBad)];
  std::string text;
  for (std::size_t size = 0; size < wanted;) {
    std::string more;
    if (manner == 0) more = random() % 8 == 0 ? favourite : std::string(1, static_cast<char>('a' + random() % 26));
    else if (manner == 1) more = kBad[random() % std::size(kBad)] + (random() % 2 == 0 ? " " : "");
    else if (manner == 2) more = locales::to_utf8(std::u32string(1, random_code_point(random)));
    else more = random() % 3 == 0 ? kBad[random() % std::size(kBad)] : "word" + std::to_string(random() % 1000) + " ";
    text += more;
    size += std::max<std::size_t>(1, length(more));
  }
  return "w" + text;  // never white space alone
}

// Mostly short, now and then far beyond every limit.
std::string random_passage(std::mt19937& random) {
  return random_words(random, random() % 40 == 0 ? 9000 : random() % 4 == 0 ? 900 : 80);
}

Reply reply_of(unsigned seed) {
  std::mt19937 random(seed);
  Reply reply;
  reply.id = "01HRANDOMREPLYWITHALONGID";
  reply.direction = seed % 2 == 0 ? "ltr" : "rtl";
  const auto add = [&](BlockType type, bool with_picture) {
    Block block;
    block.type = type;
    block.text = random() % 12 == 0 ? "" : random_passage(random);
    if (type == BlockType::image || with_picture) block.image = Image{"/media/t/a.svg", "/media/t/a.png", random_words(random, 900)};
    if (type == BlockType::callout) block.label = random_words(random, random() % 20 == 0 ? 600 : 20);
    block.tone = static_cast<Tone>(random() % 3);
    reply.blocks.push_back(block);
    return reply.blocks.size() - 1;
  };
  reply.blocks.reserve(100);
  if (random() % 3 != 0) add(BlockType::heading, false);
  const int steps = static_cast<int>(random() % 41);
  for (int i = 1; i <= steps; ++i) {
    Block& step = reply.blocks[add(BlockType::step, random() % 3 == 0)];
    step.number = i;
    step.total = steps;
    step.title = random_words(random, random() % 20 == 0 ? 700 : 60);
    step.state = static_cast<StepState>(random() % 3);
    if (random() % 6 == 0) add(static_cast<BlockType>(random() % 6 == 2 ? 1 : random() % 2 == 0 ? 3 : 1), false);
  }
  if (random() % 2 == 0) add(BlockType::paragraph, false);
  if (random() % 3 == 0) add(BlockType::image, true);
  if (random() % 3 == 0) add(BlockType::status, false);
  const std::size_t actions = random() % 40;
  for (std::size_t i = 0; i < actions; ++i) {
    Action action{"act:" + std::to_string(random() % 30), random_words(random, random() % 10 == 0 ? 300 : 30), ActionStyle::normal, ""};
    if (random() % 8 == 0) action.id += std::string(kActionIdCharacters - action.id.size(), 'x');
    action.style = static_cast<ActionStyle>(random() % 4);
    if (action.style == ActionStyle::link) {
      action.url = "https://help.example/" + std::string(random() % 10 == 0 ? 500 + random() % 3000 : random() % 60, 'u') + "?a=1&b=2";
    }
    reply.actions.push_back(action);
  }
  if (reply.blocks.empty() && reply.actions.empty()) add(BlockType::paragraph, false);
  return reply;
}

// The words of a block in the order in which they have to be seen.
std::vector<std::string> words_of(const Block& block, bool with_alt) {
  if (block.type == BlockType::step) return {std::to_string(block.number) + ". " + block.title, block.text};
  if (block.type == BlockType::callout) return {block.label, block.text};
  if (block.type == BlockType::image) return {with_alt && block.image ? block.image->alt : ""};
  return {block.text};
}

// Each word arrives, one after the other, and nothing of it is cut.
void expect_all_said(const Reply& reply, const std::string& said, bool with_alt) {
  const std::string all = bare(said);
  std::size_t at = 0;
  for (const Block& block : reply.blocks) {
    for (const std::string& words : words_of(block, with_alt)) {
      const std::string wanted = bare(words);
      const std::size_t found = all.find(wanted, at);
      ASSERT_NE(found, std::string::npos) << "lost or out of order: " << words.substr(0, 200);
      at = found + wanted.size();
    }
  }
}

// A step that fits into one message stands in one message.
void expect_steps_whole(const Reply& reply, const std::vector<std::string>& messages) {
  constexpr std::size_t kShort = 500;
  for (const Block& block : reply.blocks) {
    if (block.type != BlockType::step || length(block.title) > 200 || length(block.text) + length(block.title) > kShort) continue;
    const std::string wanted = bare(std::to_string(block.number) + ". " + block.title + block.text);
    const bool whole = std::any_of(messages.begin(), messages.end(), [&](const std::string& message) {
      return message.find(wanted) != std::string::npos;
    });
    EXPECT_TRUE(whole) << "cut: step " << block.number;
  }
}

void expect_marked(const std::string& text, bool rtl) {
  if (!rtl) return;
  EXPECT_EQ(text.rfind("\u200F", 0), 0u) << "right to left without its mark: " << text.substr(0, 60);
  for (std::size_t i = text.find('\n'); i != std::string::npos; i = text.find('\n', i + 1)) {
    EXPECT_EQ(text.compare(i + 1, 3, "\u200F"), 0) << "a line without its mark: " << text.substr(i, 60);
  }
}

std::size_t pictures_of(const Reply& reply) {
  return static_cast<std::size_t>(
      std::count_if(reply.blocks.begin(), reply.blocks.end(), [](const Block& block) { return block.image.has_value(); }));
}

// --- Slack ---------------------------------------------------------------------------------------------------------------

void expect_between(std::size_t least, const std::string& text, std::size_t most, const char* what) {
  EXPECT_GE(length(text), least) << what;
  EXPECT_LE(length(text), most) << what;
  EXPECT_TRUE(locales::is_valid_utf8(text)) << what;
}

// Only our own entities, and no token: nothing that Slack would read as a mention or a link.
void expect_escaped(const std::string& text) {
  EXPECT_EQ(text.find_first_of("<>"), std::string::npos) << text.substr(0, 200);
  for (std::size_t i = text.find('&'); i != std::string::npos; i = text.find('&', i + 1)) {
    const bool entity = text.compare(i, 5, "&amp;") == 0 || text.compare(i, 4, "&lt;") == 0 || text.compare(i, 4, "&gt;") == 0;
    EXPECT_TRUE(entity) << text.substr(i, 20);
  }
}

struct SlackLook {
  std::size_t pictures = 0;
  std::string blocks;  // what the blocks say, unescaped
  std::string text;    // what the notification says, unescaped
  std::vector<std::string> messages;
};

void look_at_button(const json& button, std::set<std::string>& ids) {
  expect_between(1, button["text"]["text"], 75, "button text");
  EXPECT_EQ(button["text"]["type"], "plain_text");
  expect_between(1, button["action_id"], 255, "action_id");
  EXPECT_TRUE(ids.insert(button["action_id"].get<std::string>()).second) << "action_id twice: " << button["action_id"];
  if (button.contains("url")) expect_between(1, button["url"], 3000, "button url");
  if (button.contains("value")) expect_between(1, button["value"], 2000, "button value");
}

std::string look_at_block(const json& block, bool rtl, std::set<std::string>& ids) {
  const std::string type = block["type"];
  if (type == "section") {
    const std::string words = block["text"]["text"];
    expect_between(1, words, 3000, "section.text");
    expect_escaped(words);
    expect_marked(words, rtl);
    return slack::decode(words, "");
  }
  if (type == "header") {
    EXPECT_EQ(block["text"]["type"], "plain_text");
    expect_between(1, block["text"]["text"], 150, "header.text");
    expect_marked(block["text"]["text"], rtl);
    return block["text"]["text"];
  }
  if (type == "image") {
    expect_between(1, block["alt_text"], 2000, "image.alt_text");
    return block["alt_text"];
  }
  if (type == "actions") {
    EXPECT_LE(block["elements"].size(), 25U);
    EXPECT_GE(block["elements"].size(), 1U);
    for (const json& button : block["elements"]) look_at_button(button, ids);
  }
  return "";
}

SlackLook look_at_slack(const std::vector<Send>& sends, bool rtl) {
  SlackLook look;
  for (const Send& send : sends) {
    std::set<std::string> ids;
    const std::string text = send.body["text"];
    expect_between(1, text, 4000, "text");
    expect_escaped(text);
    expect_marked(text, rtl);
    look.text += slack::decode(text, "") + "\n";
    EXPECT_GE(send.body["blocks"].size(), 1U);
    EXPECT_LE(send.body["blocks"].size(), 50U);
    EXPECT_LE(length(send.body["blocks"].dump()), 13'000U) << "msg_blocks_too_long";
    look.messages.emplace_back();
    for (const json& block : send.body["blocks"]) look.pictures += block["type"] == "image" ? 1 : 0;
    for (const json& block : send.body["blocks"]) look.messages.back() += look_at_block(block, rtl, ids) + "\n";
    look.blocks += look.messages.back();
    look.messages.back() = bare(look.messages.back());
  }
  return look;
}

TEST(SlackRenderingProperties, LimitsHoldNothingIsLostAndNobodyIsMentioned) {
  RenderOptions options;
  options.nonce_seed = "01HRANDOMREPLYWITHALONGID";
  for (unsigned seed = 1; seed <= kSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    options.public_url = seed % 3 == 0 ? "" : "https://bot.example";
    const Reply reply = reply_of(seed);
    const auto sends = find_channel("slack")->render(reply, {}, options);
    const SlackLook look = look_at_slack(sends, reply.direction == "rtl");
    expect_all_said(reply, look.blocks, true);
    expect_all_said(reply, look.text, true);
    expect_steps_whole(reply, look.messages);
    EXPECT_EQ(look.pictures, options.public_url.empty() ? 0 : pictures_of(reply));
    std::size_t at = 0;
    const std::string text = bare(look.text);
    for (const Action& action : reply.actions) {
      const std::string words = bare(action.label + (action.style == ActionStyle::link ? ": " + action.url : ""));
      at = text.find(words, at);
      ASSERT_NE(at, std::string::npos) << "a choice is not in the text: " << action.label;
    }
  }
}

TEST(SlackRenderingProperties, EscapingIsExact) {
  for (unsigned seed = 1; seed <= kTextSeeds && !HasFailure(); ++seed) {
    std::mt19937 random(seed);
    const std::string words = random_words(random, 120);
    const std::string typed = words.substr(0, words.find_last_not_of(" \n\t") + 1);  // what people type comes without its edges
    EXPECT_EQ(slack::decode(slack::escape(typed), "U1"), typed) << "seed " << seed;
    expect_escaped(slack::to_mrkdwn(words));
    EXPECT_EQ(bare(slack::decode(slack::to_mrkdwn(words), "")), bare(words)) << "seed " << seed;
  }
}

// --- Discord -------------------------------------------------------------------------------------------------------------

// No mention, role, channel, emoji, time or command, not even the look of one.
void expect_no_token(const std::string& text) {
  for (const char* token : {"@everyone", "@here", "<@", "<#"}) {
    EXPECT_EQ(text.find(token), std::string::npos) << token << " in " << text.substr(0, 200);
  }
}

// Outside of code and addresses each character that Discord would interpret stands behind a backslash, and no escape is torn.
void expect_defused(const std::string& text) {
  expect_no_token(text);
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t exact = std::max(end_of_code(text, i), end_of_address(text, i));
    if (exact > i) {
      i = exact;
    } else if (text[i] == '\\') {
      ASSERT_LT(i + 1, text.size()) << "an escape was torn: " << text.substr(text.size() - std::min<std::size_t>(60, text.size()));
      i += 2;
    } else if (text.compare(i, 2, "**") == 0) {
      i += 2;
    } else {
      EXPECT_EQ(std::string("*_~|>[]()`").find(text[i]), std::string::npos) << "not escaped: " << text.substr(i, 40);
      EXPECT_FALSE(text[i] == '<' && text.compare(i + 1, 3, "\u200B") != 0) << text.substr(i, 40);
      ++i;
    }
  }
}

struct DiscordLook {
  std::size_t pictures = 0;
  std::string said;
  std::vector<std::string> messages;
  std::set<std::string> ids;
  std::set<std::string> addresses;
};

std::size_t look_at_embed(const json& embed, bool rtl) {
  const std::string title = embed.value("title", ""), description = embed.value("description", "");
  EXPECT_TRUE(embed.contains("title") || embed.contains("description") || embed.contains("image")) << "an embed of nothing";
  if (embed.contains("title")) {
    expect_between(1, title, 256, "embed title");
    expect_marked(title, rtl);
    expect_no_token(title);
  }
  if (embed.contains("description")) {
    expect_between(1, description, 4096, "embed description");
    expect_marked(description, rtl);
    expect_defused(description);
  }
  return length(title) + length(description);
}

void look_at_rows(const json& rows, DiscordLook& look) {
  std::set<std::string> ids;
  EXPECT_LE(rows.size(), 5U) << "action rows";
  for (const json& row : rows) {
    EXPECT_GE(row["components"].size(), 1U);
    EXPECT_LE(row["components"].size(), 5U) << "buttons of a row";
    for (const json& button : row["components"]) {
      expect_between(1, button["label"], 80, "button label");
      EXPECT_NE(button.contains("url"), button.contains("custom_id"));
      EXPECT_EQ(button.contains("url"), button["style"] == 5);
      if (button.contains("url")) {
        expect_between(1, button["url"], 512, "button url");
        look.addresses.insert(button["url"].get<std::string>());
      } else {
        expect_between(1, button["custom_id"], 100, "custom_id");
        EXPECT_TRUE(ids.insert(button["custom_id"].get<std::string>()).second) << "custom_id twice: " << button["custom_id"];
      }
    }
  }
  look.ids.insert(ids.begin(), ids.end());
}

DiscordLook look_at_discord(const std::vector<Send>& sends, bool rtl) {
  DiscordLook look;
  for (const Send& send : sends) {
    const json& message = send.body["message"];
    EXPECT_EQ(message["allowed_mentions"], json::parse(R"({"parse":[]})"));
    EXPECT_LE(send.nonce.size(), 25U);
    EXPECT_TRUE(message.contains("content") || message.contains("embeds") || message.contains("components")) << "an empty message";
    std::string said;
    if (message.contains("content")) {
      std::string content = message["content"];
      expect_between(1, content, 2000, "content");
      for (const char* mark : {"### ", "> "}) {
        for (std::size_t i = 0; (i = content.find(mark, i)) != std::string::npos;) {
          const bool ours = i == 0 || content.compare(i - 1, 1, "\n") == 0;
          ours ? void(content.erase(i, std::string(mark).size())) : void(++i);
        }
      }
      expect_defused(content);
      said += content + "\n";
    }
    std::size_t sum = 0;
    for (const json& embed : message.value("embeds", json::array())) {
      sum += look_at_embed(embed, rtl);
      look.pictures += embed.contains("image") ? 1 : 0;
      said += embed.value("title", "") + "\n" + embed.value("description", "") + "\n";
    }
    EXPECT_LE(sum, 6000U) << "all embeds together";
    EXPECT_LE(message.value("embeds", json::array()).size(), 10U);
    EXPECT_LE(message.value("attachments", json::array()).size(), 10U);
    for (const json& file : message.value("attachments", json::array())) EXPECT_LE(length(file["description"]), 1024U);
    look_at_rows(message.value("components", json::array()), look);
    look.said += said;
    look.messages.push_back(bare(said));
  }
  return look;
}

TEST(DiscordRenderingProperties, LimitsHoldNothingIsLostAndNobodyIsMentioned) {
  RenderOptions options;
  options.nonce_seed = "01HRANDOMREPLYWITHALONGID";
  for (unsigned seed = 1; seed <= kSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Reply reply = reply_of(seed);
    const DiscordLook look = look_at_discord(find_channel("discord")->render(reply, {}, options), reply.direction == "rtl");
    expect_all_said(reply, look.said, true);
    expect_steps_whole(reply, look.messages);
    EXPECT_EQ(look.pictures, pictures_of(reply));
    const std::string said = bare(look.said);
    for (const Action& action : reply.actions) {
      const bool reached = action.style != ActionStyle::link ? look.ids.count(action.id) != 0
                                                             : look.addresses.count(action.url) != 0 || said.find(action.url) != said.npos;
      EXPECT_TRUE(reached) << "a choice is lost: " << action.id << " " << action.url;
    }
  }
}

TEST(DiscordRenderingProperties, WordsAreEscapedAndNothingElse) {
  for (unsigned seed = 1; seed <= kTextSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::string words = random_words(random, 120);
    const std::string marked_up = discord::to_markdown(words);
    expect_defused(marked_up);
    EXPECT_EQ(bare(marked_up), bare(words)) << words << "\n" << marked_up;
    expect_no_token(discord::to_plain(words));
  }
}

// --- Both ----------------------------------------------------------------------------------------------------------------

TEST(RenderingProperties, PartsAreTheWholeTextAndTearNoLetter) {
  const Shown as_it_is = [](const std::string& part) { return part; };
  for (unsigned seed = 1; seed <= kTextSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::string words = random_words(random, 300);
    std::string whole;
    for (const std::string& part : parts_of(words, 40, as_it_is)) {
      expect_between(1, part, 40, "part");
      whole += part;
    }
    EXPECT_EQ(bare(whole), bare(words));
  }
  const std::string family = "👩‍👩‍👧‍👦";
  std::string letters;
  for (int i = 0; i < 40; ++i) letters += "e\u0301\u0302" + family;
  for (std::size_t limit = 20; limit < 30; ++limit) {
    for (const std::string& part : parts_of(letters, limit, as_it_is)) {
      EXPECT_TRUE(part.rfind("e", 0) == 0 || part.rfind(family, 0) == 0) << "torn before: " << part;
    }
  }
}

}  // namespace
}  // namespace handrail::adapters
