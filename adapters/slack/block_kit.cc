#include "adapters/slack/block_kit.h"

#include "adapters/plain_text.h"
#include "adapters/seams.h"
#include "adapters/slack/mrkdwn.h"
#include "locales/text.h"

namespace handrail::adapters::slack {
namespace {

using nlohmann::json;

// Blocks that belong together (a step and its picture), each with the words it says in the plain text.
struct Part {
  json block;
  std::string text;
};
using Piece = std::vector<Part>;

std::size_t quoted_size(const std::string& text) {
  std::size_t size = locales::count_code_points(text) + 2;
  for (const char c : text) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20;
    size += c == '"' || c == '\\' ? 1 : is_control ? 5 : 0;
  }
  return size;
}

// Of words in the plain text: escaped, and with a direction mark on each line.
std::size_t plain_size(const std::string& text) {
  return locales::count_code_points(mark_direction(escape(text), true));
}

// At least the characters of `value` as JSON, counted without writing it.
std::size_t json_size(const json& value) {
  std::size_t size = 2;
  if (value.is_string()) return quoted_size(value.get_ref<const std::string&>());
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) size += quoted_size(name) + 2 + json_size(member);
  } else if (value.is_array()) {
    for (const json& element : value) size += json_size(element) + 1;
  } else {
    size = value.dump().size();
  }
  return size;
}

json section(const std::string& mrkdwn) {
  json text = {{"type", "mrkdwn"}, {"text", mrkdwn}};
  json block = {{"type", "section"}};
  block["text"] = std::move(text);
  return block;
}

void add_sections(Piece& piece, const std::string& words, bool rtl) {
  // Escaping can make five characters of one and the direction mark adds one, so the raw text is cut well below the limit.
  const auto as_it_is = [](const std::string& part) { return part; };
  for (const std::string& part : parts_of(words, (kSectionCharacters - 1) / 5, as_it_is)) {
    piece.push_back({section(mark_direction(to_mrkdwn(part), rtl)), strip_emphasis(part)});
  }
}

json picture(const Image& image, const std::string& image_base) {
  return {{"type", "image"},
          {"image_url", image_base + image.png},
          {"alt_text", locales::first_code_points(image.alt, kAltTextCharacters)}};
}

const char* tone_mark(Tone tone) {
  return tone == Tone::warning ? "\u26A0\uFE0F " : tone == Tone::success ? "\u2705 " : "\u2139\uFE0F ";
}

Piece step_piece(const Block& block, const std::string& image_base, bool rtl) {
  Piece piece;
  const std::string mark = block.state == StepState::done ? "\u2705 " : "";
  std::string words = mark + "**" + std::to_string(block.number) + ". " + block.title + "**";
  if (!block.text.empty()) words += "\n" + block.text;
  add_sections(piece, words, rtl);
  const bool has_picture = block.image && !image_base.empty() && !block.image->png.empty();
  if (has_picture) piece.push_back({picture(*block.image, image_base), ""});
  return piece;
}

Piece piece_of(const Block& block, const std::string& image_base, bool rtl) {
  if (block.type == BlockType::step) return step_piece(block, image_base, rtl);
  Piece piece;
  switch (block.type) {
    case BlockType::heading: {
      const std::string words = strip_emphasis(block.text);
      const std::string title = mark_direction(words, rtl);
      if (locales::count_code_points(title) > kHeaderCharacters) {
        add_sections(piece, "**" + words + "**", rtl);
      } else if (says_something(words)) {
        const json text = {{"type", "plain_text"}, {"text", title}, {"emoji", false}};
        piece.push_back({{{"type", "header"}, {"text", text}}, words});
      }
      break;
    }
    case BlockType::callout:
      piece.push_back({{{"type", "divider"}}, ""});
      add_sections(piece, tone_mark(block.tone) + (block.label.empty() ? "" : "**" + block.label + ":** ") + block.text, rtl);
      break;
    case BlockType::status:
      add_sections(piece, std::string(tone_mark(block.tone)) + block.text, rtl);
      break;
    case BlockType::image:
      if (!block.image) break;
      if (image_base.empty() || block.image->png.empty()) {
        add_sections(piece, block.image->alt, rtl);
      } else {
        const std::string alt = locales::first_code_points(block.image->alt, kAltTextCharacters);
        piece.push_back({picture(*block.image, image_base), strip_emphasis(alt)});
      }
      break;
    default:
      add_sections(piece, block.text, rtl);
  }
  return piece;
}

// `number` keeps the action_ids of a message apart, also where two buttons do the same.
json button(const Action& action, std::size_t number) {
  const bool link = action.style == ActionStyle::link;
  json result = {{"type", "button"},
                 {"action_id", (link ? "link:" : "do:") + std::to_string(number) + (link ? "" : ":" + action.id)},
                 {"text",
                  {{"type", "plain_text"},
                   {"text", locales::first_code_points(action.label, kButtonLabelCharacters)},
                   {"emoji", false}}}};
  if (link) {
    result["url"] = action.url;
  } else {
    result["value"] = action.id;
  }
  if (action.style == ActionStyle::primary) result["style"] = "primary";
  if (action.style == ActionStyle::danger) result["style"] = "danger";
  return result;
}

std::string words_of(const Action& action) {
  return action.label + (action.style == ActionStyle::link ? ": " + action.url : "");
}

// One piece a row.
std::vector<Piece> actions_pieces(const Reply& reply, bool rtl) {
  std::vector<Piece> pieces;
  json elements = json::array();
  std::size_t size = 0;
  std::string text;
  const auto finish_row = [&] {
    if (elements.empty()) return;
    json block = {{"type", "actions"}};
    block["elements"] = std::move(elements);
    pieces.push_back({{std::move(block), text}});
    elements = json::array();
    size = 0;
    text.clear();
  };
  std::size_t number = 0;
  for (const Action& action : reply.actions) {
    const std::string words = words_of(action);
    ++number;
    // An address that no button may hold is said in words.
    if (action.style == ActionStyle::link && locales::count_code_points(action.url) > kButtonAddressCharacters) {
      finish_row();
      add_sections(pieces.emplace_back(), words, rtl);
      continue;
    }
    json made = button(action, number);
    const std::size_t more = json_size(made);
    const bool full = elements.size() == kButtonsPerBlock || size + more > kMessageCharacters / 2 ||
                      plain_size(text) + plain_size(words) + 1 > kTextCharacters / 2;
    if (full) finish_row();
    size += more;
    elements.push_back(std::move(made));
    if (!text.empty()) text += "\n";
    text += words;
  }
  finish_row();
  return pieces;
}

// Fills messages with whole pieces; a piece is divided only when it alone is more than a message holds.
class Messages {
 public:
  explicit Messages(bool rtl) : rtl_(rtl) {}

  void add(Piece piece) {
    Measure whole;
    std::vector<Measure> each;
    for (const Part& part : piece) {
      each.push_back({1, json_size(part.block), plain_size(part.text)});
      whole.blocks += each.back().blocks;
      whole.size += each.back().size;
      whole.text += each.back().text;
    }
    if (!fits(whole)) flush();
    bool begins = true;
    for (std::size_t i = 0; i < piece.size(); ++i) {
      if (!fits(each[i])) flush();
      blocks_.push_back(std::move(piece[i].block));
      used_.blocks += 1;
      used_.size += each[i].size;
      if (piece[i].text.empty()) continue;
      if (begins && !text_.empty()) {
        text_ += "\n\n";
        used_.text += kBetweenPieces;
      }
      text_ += piece[i].text;
      used_.text += each[i].text;
      begins = false;
    }
  }

  std::vector<json> finish() {
    flush();
    return std::move(messages_);
  }

 private:
  struct Measure {
    std::size_t blocks = 0;
    std::size_t size = 0;
    std::size_t text = 0;
  };

  static constexpr std::size_t kBetweenPieces = 4;  // two line breaks, each with its direction mark

  bool fits(const Measure& more) const {
    return used_.blocks + more.blocks <= kBlocksPerMessage && used_.size + more.size <= kMessageCharacters &&
           used_.text + more.text + kBetweenPieces <= kTextCharacters;
  }

  void flush() {
    if (blocks_.empty()) return;
    json message = {{"text", mark_direction(escape(text_), rtl_)}};
    message["blocks"] = std::move(blocks_);
    messages_.push_back(std::move(message));
    blocks_ = json::array();
    text_.clear();
    used_ = {};
  }

  bool rtl_;
  std::vector<json> messages_;
  json blocks_ = json::array();
  std::string text_;
  Measure used_;
};

}  // namespace

std::vector<json> to_messages(const Reply& reply, const std::string& image_base) {
  const bool rtl = reply.direction == "rtl";
  Messages messages(rtl);
  for (const Block& block : reply.blocks) messages.add(piece_of(block, image_base, rtl));
  if (reply.blocks.empty()) {
    Block only;
    only.text = reply.text;
    messages.add(piece_of(only, image_base, rtl));
  }
  for (Piece& piece : actions_pieces(reply, rtl)) messages.add(std::move(piece));
  return messages.finish();
}

}  // namespace handrail::adapters::slack
