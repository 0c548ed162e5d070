#include "adapters/discord/messages.h"

#include "adapters/discord/markdown.h"
#include "locales/text.h"

namespace handrail::adapters::discord {
namespace {

using nlohmann::json;

constexpr int kBlue = 0x3B6EA5;
constexpr int kAmber = 0xC77D0A;
constexpr int kGreen = 0x2E7D4F;

std::size_t length(const std::string& text) { return locales::count_code_points(text); }

int color_of(Tone tone) { return tone == Tone::warning ? kAmber : tone == Tone::success ? kGreen : kBlue; }

std::string marked(const std::string& text, bool rtl) {
  if (!rtl || text.empty()) return text;
  std::string result = "\u200F";
  for (const char c : text) {
    result += c;
    if (c == '\n') result += "\u200F";
  }
  return result;
}

// Cuts at line breaks, then at spaces, then anywhere but between a backslash and what it escapes.
std::vector<std::string> split(const std::string& text, std::size_t limit) {
  std::vector<std::string> parts;
  std::u32string rest = locales::to_utf32(text);
  while (rest.size() > limit) {
    std::size_t cut = rest.rfind(U'\n', limit - 1);
    if (cut == std::u32string::npos || cut == 0) cut = rest.rfind(U' ', limit - 1);
    if (cut == std::u32string::npos || cut == 0) cut = limit - 1;
    if (rest[cut] == U'\\' && cut > 0) --cut;
    parts.push_back(locales::to_utf8(rest.substr(0, cut + 1)));
    rest.erase(0, cut + 1);
  }
  parts.push_back(locales::to_utf8(rest));
  return parts;
}

// Builds messages one part at a time and starts a new one when a limit would be passed.
class Builder {
 public:
  explicit Builder(bool rtl, Pictures pictures) : rtl_(rtl), pictures_(pictures) {}

  // `mark` opens the line ("### "); it stands before the direction mark, or Discord would not read it as one.
  void content(const std::string& mark, const std::string& words) {
    if (words.empty()) return;
    // Text after embeds would be shown above them, so it starts a message of its own.
    if (!embeds_.empty()) flush();
    for (const std::string& part : split(mark + marked(words, rtl_), kContentCharacters)) add_content(part);
  }

  // An embed with a description of any length: what does not fit goes on in further embeds, the picture with the last.
  void described(json first, const std::string& words, const std::optional<Image>& image) {
    const json color = first.value("color", json());
    const std::vector<std::string> parts = split(marked(words, rtl_), kEmbedTextCharacters);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!parts[i].empty()) first["description"] = parts[i];
      embed(std::move(first), i + 1 == parts.size() ? image : std::nullopt);
      first = json::object();
      if (!color.is_null()) first["color"] = color;
    }
  }

  void embed(json embed, const std::optional<Image>& image) {
    const std::size_t size = length(embed.value("title", "")) + length(embed.value("description", ""));
    if (embeds_.size() == kEmbeds || embeds_size_ + size > kEmbedsCharacters) flush();
    if (image && pictures_ == Pictures::attach && !image->png.empty()) {
      const std::string name = "picture" + std::to_string(files_.size() + 1) + ".png";
      embed["image"] = {{"url", "attachment://" + name}};
      files_.push_back({image->png, name, locales::first_code_points(image->alt, kDescriptionCharacters)});
    }
    embeds_size_ += size;
    embeds_.push_back(std::move(embed));
  }

  void buttons(const std::vector<Action>& actions) {
    json rows = json::array();
    json row = json::array();
    for (const Action& action : actions) {
      if (rows.size() == kRows) {
        rows_ = std::move(rows);
        flush();
        rows = json::array();
      }
      json button = {{"type", 2}, {"label", locales::first_code_points(action.label, kButtonLabelCharacters)}};
      if (action.style == ActionStyle::link) {
        button["style"] = 5;
        button["url"] = action.url;
      } else {
        button["style"] = action.style == ActionStyle::primary ? 1 : action.style == ActionStyle::danger ? 4 : 2;
        button["custom_id"] = action.id;
      }
      row.push_back(std::move(button));
      if (row.size() == kButtonsPerRow) {
        rows.push_back({{"type", 1}, {"components", row}});
        row = json::array();
      }
    }
    if (!row.empty()) rows.push_back({{"type", 1}, {"components", row}});
    rows_ = std::move(rows);
  }

  std::vector<DiscordMessage> finish() {
    flush();
    return std::move(messages_);
  }

 private:
  void add_content(const std::string& words) {
    if (!content_.empty() && length(content_) + length(words) + 2 > kContentCharacters) flush();
    content_ += (content_.empty() ? "" : "\n\n") + words;
  }

  void flush() {
    if (content_.empty() && embeds_.empty() && rows_.empty()) return;
    DiscordMessage message;
    message.body = {{"allowed_mentions", {{"parse", json::array()}}}};
    if (!content_.empty()) message.body["content"] = content_;
    if (!embeds_.empty()) message.body["embeds"] = embeds_;
    if (!rows_.empty()) message.body["components"] = rows_;
    message.files = std::move(files_);
    if (!message.files.empty()) {
      json attachments = json::array();
      for (std::size_t i = 0; i < message.files.size(); ++i) {
        const Attachment& file = message.files[i];
        attachments.push_back(
            {{"id", std::to_string(i)}, {"filename", file.file_name}, {"description", file.description}});
      }
      message.body["attachments"] = std::move(attachments);
    }
    messages_.push_back(std::move(message));
    content_.clear();
    embeds_ = json::array();
    embeds_size_ = 0;
    rows_ = json::array();
    files_.clear();
  }

  bool rtl_;
  Pictures pictures_;
  std::vector<DiscordMessage> messages_;
  std::string content_;
  json embeds_ = json::array();
  std::size_t embeds_size_ = 0;
  json rows_ = json::array();
  std::vector<Attachment> files_;
};

}  // namespace

bool has_pictures(const Reply& reply) {
  for (const Block& block : reply.blocks) {
    if (block.image && !block.image->png.empty()) return true;
  }
  return false;
}

std::vector<DiscordMessage> to_messages(const Reply& reply, Pictures pictures) {
  const bool rtl = reply.direction == "rtl";
  Builder builder(rtl, pictures);
  for (const Block& block : reply.blocks) {
    switch (block.type) {
      case BlockType::heading:
        builder.content("### ", to_markdown(block.text));
        break;
      case BlockType::step: {
        const std::string mark = block.state == StepState::done ? "\u2705 " : "";
        json embed = {{"title", locales::first_code_points(
                                    marked(mark + std::to_string(block.number) + ". " + to_plain(block.title), rtl),
                                    kEmbedTitleCharacters)},
                      {"color", block.state == StepState::done ? kGreen : kBlue}};
        builder.described(std::move(embed), to_markdown(block.text), block.image);
        break;
      }
      case BlockType::callout: {
        json embed = {{"title", locales::first_code_points(marked(to_plain(block.label), rtl), kEmbedTitleCharacters)},
                      {"color", color_of(block.tone)}};
        builder.described(std::move(embed), to_markdown(block.text), std::nullopt);
        break;
      }
      case BlockType::status:
        builder.content("> ", to_markdown(block.text));
        break;
      case BlockType::image:
        if (block.image) builder.described(json::object(), to_markdown(block.image->alt), block.image);
        break;
      default:
        builder.content("", to_markdown(block.text));
    }
  }
  if (reply.blocks.empty()) builder.content("", to_markdown(reply.text));
  builder.buttons(reply.actions);
  return builder.finish();
}

}  // namespace handrail::adapters::discord
