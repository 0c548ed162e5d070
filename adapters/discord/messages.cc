#include "adapters/discord/messages.h"

#include <set>

#include "adapters/discord/markdown.h"
#include "adapters/seams.h"
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

// The parts of foreign words, each marked up on its own, so that no escape is torn and each begins its line anew.
std::vector<std::string> marked_up(const std::string& words, std::size_t limit, bool rtl) {
  return parts_of(words, limit, [rtl](const std::string& part) { return marked(to_markdown(part), rtl); });
}

bool fits_a_button(const Action& action) {
  if (action.style == ActionStyle::link) return locales::count_code_points(action.url) <= kButtonAddressCharacters;
  return !action.id.empty() && locales::count_code_points(action.id) <= kActionIdCharacters;
}

// Builds messages one part at a time and starts a new one when a limit would be passed.
class Builder {
 public:
  explicit Builder(bool rtl, Pictures pictures) : rtl_(rtl), pictures_(pictures) {}

  // `mark` opens the line ("### "); it stands before the direction mark, or Discord would not read it as one.
  void content(std::string mark, const std::string& words) {
    const std::vector<std::string> parts = marked_up(words, kContentCharacters - length(mark), rtl_);
    // Text after embeds would be shown above them, so it starts a message of its own.
    if (!parts.empty() && !embeds_.empty()) flush();
    for (const std::string& part : parts) {
      add_content(mark + part);
      mark.clear();
    }
  }

  // An embed with a title and description of any length: what does not fit in the title begins the description, what does
  // not fit there goes on in further embeds, the picture with the last.
  void described(const std::string& title, std::string words, std::optional<int> color, const std::optional<Image>& image) {
    json first = json::object();
    if (color) first["color"] = *color;
    if (says_something(title)) {
      const auto shown = [this](const std::string& part) { return marked(to_plain(part), rtl_); };
      const std::u32string whole = locales::to_utf32(title);
      const std::size_t cut = first_part(whole, kEmbedTitleCharacters, shown);
      first["title"] = shown(locales::to_utf8(whole.substr(0, cut)));
      if (cut < whole.size()) words = locales::to_utf8(whole.substr(cut)) + (words.empty() ? "" : "\n" + words);
    }
    std::vector<std::string> parts = marked_up(words, kEmbedTextCharacters, rtl_);
    const bool has_picture = image && pictures_ == Pictures::attach && !image->png.empty();
    // An embed of nothing would be refused, and the whole message with it.
    if (parts.empty() && !first.contains("title") && !has_picture) return;
    if (parts.empty()) parts.emplace_back();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!parts[i].empty()) first["description"] = std::move(parts[i]);
      embed(std::move(first), i + 1 == parts.size() ? image : std::nullopt);
      first = json::object();
      if (color) first["color"] = *color;
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
    // An address that no button may hold is said in words.
    for (const Action& action : actions) {
      if (action.style == ActionStyle::link && !fits_a_button(action)) content("", action.label + ": " + action.url);
    }
    json rows = json::array();
    json row = json::array();
    std::set<std::string> ids;  // of one message: a second button that does the same would make Discord refuse it
    const auto end_row = [&] {
      if (!row.empty()) rows.push_back({{"type", 1}, {"components", std::move(row)}});
      row = json::array();
    };
    for (const Action& action : actions) {
      if (!fits_a_button(action)) continue;
      if (rows.size() == kRows) {
        rows_ = std::move(rows);
        flush();
        rows = json::array();
        ids.clear();
      }
      json button = {{"type", 2}, {"label", locales::first_code_points(action.label, kButtonLabelCharacters)}};
      if (action.style == ActionStyle::link) {
        button["style"] = 5;
        button["url"] = action.url;
      } else if (ids.insert(action.id).second) {
        button["style"] = action.style == ActionStyle::primary ? 1 : action.style == ActionStyle::danger ? 4 : 2;
        button["custom_id"] = action.id;
      } else {
        continue;
      }
      row.push_back(std::move(button));
      if (row.size() == kButtonsPerRow) end_row();
    }
    end_row();
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
        builder.content("### ", block.text);
        break;
      case BlockType::step: {
        const bool done = block.state == StepState::done;
        const std::string title = (done ? "\u2705 " : "") + std::to_string(block.number) + ". " + block.title;
        builder.described(title, block.text, done ? kGreen : kBlue, block.image);
        break;
      }
      case BlockType::callout:
        builder.described(block.label, block.text, color_of(block.tone), std::nullopt);
        break;
      case BlockType::status:
        builder.content("> ", block.text);
        break;
      case BlockType::image:
        if (block.image) builder.described("", block.image->alt, std::nullopt, block.image);
        break;
      default:
        builder.content("", block.text);
    }
  }
  if (reply.blocks.empty()) builder.content("", reply.text);
  builder.buttons(reply.actions);
  return builder.finish();
}

}  // namespace handrail::adapters::discord
