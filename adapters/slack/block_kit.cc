#include "adapters/slack/block_kit.h"

#include "adapters/plain_text.h"
#include "adapters/slack/mrkdwn.h"
#include "locales/text.h"

namespace handrail::adapters::slack {
namespace {

using nlohmann::json;

// Blocks that belong together (a step and its picture), with the words they say.
struct Piece {
  std::vector<json> blocks;
  std::string text;
};

std::size_t size_of(const Piece& piece) {
  std::size_t size = 0;
  for (const json& block : piece.blocks) size += locales::count_code_points(block.dump());
  return size;
}

// Cuts at line breaks, then at spaces, only where one paragraph is longer than a section may be.
std::vector<std::string> split(const std::string& text, std::size_t limit) {
  std::vector<std::string> parts;
  std::u32string rest = locales::to_utf32(text);
  while (rest.size() > limit) {
    std::size_t cut = rest.rfind(U'\n', limit - 1);
    if (cut == std::u32string::npos || cut < limit / 2) cut = rest.rfind(U' ', limit - 1);
    if (cut == std::u32string::npos || cut < limit / 2) cut = limit - 1;
    parts.push_back(locales::to_utf8(rest.substr(0, cut + 1)));
    rest.erase(0, cut + 1);
  }
  parts.push_back(locales::to_utf8(rest));
  return parts;
}

json section(const std::string& mrkdwn) {
  return {{"type", "section"}, {"text", {{"type", "mrkdwn"}, {"text", mrkdwn}}}};
}

void add_sections(Piece& piece, const std::string& words, bool rtl) {
  // Escaping can make five characters of one, so the raw text is cut well below the limit.
  for (const std::string& part : split(words, kSectionCharacters / 5)) {
    if (!part.empty()) piece.blocks.push_back(section(mark_direction(to_mrkdwn(part), rtl)));
  }
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
  piece.text = mark + std::to_string(block.number) + ". " + strip_emphasis(block.title) +
               (block.text.empty() ? "" : "\n" + strip_emphasis(block.text));
  if (block.image && !image_base.empty() && !block.image->png.empty()) {
    piece.blocks.push_back({{"type", "image"},
                            {"image_url", image_base + block.image->png},
                            {"alt_text", locales::first_code_points(block.image->alt, kAltTextCharacters)}});
  }
  return piece;
}

Piece piece_of(const Block& block, const std::string& image_base, bool rtl) {
  if (block.type == BlockType::step) return step_piece(block, image_base, rtl);
  Piece piece;
  const std::string words = strip_emphasis(block.text);
  switch (block.type) {
    case BlockType::heading:
      piece.blocks.push_back({{"type", "header"},
                              {"text",
                               {{"type", "plain_text"},
                                {"text", locales::first_code_points(mark_direction(words, rtl), kHeaderCharacters)},
                                {"emoji", false}}}});
      piece.text = words;
      break;
    case BlockType::callout:
      piece.text = std::string(tone_mark(block.tone)) + block.label + ": " + words;
      piece.blocks.push_back({{"type", "divider"}});
      add_sections(piece, std::string(tone_mark(block.tone)) + "**" + block.label + ":** " + block.text, rtl);
      break;
    case BlockType::status:
      piece.text = std::string(tone_mark(block.tone)) + words;
      add_sections(piece, std::string(tone_mark(block.tone)) + block.text, rtl);
      break;
    case BlockType::image:
      if (block.image) piece.text = block.image->alt;
      break;
    default:
      piece.text = words;
      add_sections(piece, block.text, rtl);
  }
  return piece;
}

json button(const Action& action) {
  json result = {{"type", "button"},
                 {"action_id", action.style == ActionStyle::link ? "link" : "do:" + action.id},
                 {"text",
                  {{"type", "plain_text"},
                   {"text", locales::first_code_points(action.label, kButtonLabelCharacters)},
                   {"emoji", false}}}};
  if (action.style == ActionStyle::link) {
    result["url"] = action.url;
  } else {
    result["value"] = action.id;
  }
  if (action.style == ActionStyle::primary) result["style"] = "primary";
  if (action.style == ActionStyle::danger) result["style"] = "danger";
  return result;
}

Piece actions_piece(const Reply& reply) {
  Piece piece;
  json elements = json::array();
  for (const Action& action : reply.actions) {
    elements.push_back(button(action));
    if (action.style == ActionStyle::link) piece.text += action.label + ": " + action.url;
    if (elements.size() == kButtonsPerBlock) {
      piece.blocks.push_back({{"type", "actions"}, {"elements", elements}});
      elements = json::array();
    }
  }
  if (!elements.empty()) piece.blocks.push_back({{"type", "actions"}, {"elements", elements}});
  return piece;
}

}  // namespace

std::vector<json> to_messages(const Reply& reply, const std::string& image_base) {
  const bool rtl = reply.direction == "rtl";
  std::vector<Piece> pieces;
  for (const Block& block : reply.blocks) pieces.push_back(piece_of(block, image_base, rtl));
  if (reply.blocks.empty()) {
    Block only;
    only.text = reply.text;
    pieces.push_back(piece_of(only, image_base, rtl));
  }
  if (!reply.actions.empty()) pieces.push_back(actions_piece(reply));

  std::vector<json> messages;
  json blocks = json::array();
  std::string text;
  std::size_t size = 0;
  const auto flush = [&] {
    if (blocks.empty()) return;
    messages.push_back({{"text", mark_direction(escape(text), rtl)}, {"blocks", blocks}});
    blocks = json::array();
    text.clear();
    size = 0;
  };
  for (const Piece& piece : pieces) {
    const std::size_t piece_size = size_of(piece);
    const std::size_t text_size = locales::count_code_points(escape(piece.text));
    const bool full = blocks.size() + piece.blocks.size() > kBlocksPerMessage || size + piece_size > kMessageCharacters ||
                      locales::count_code_points(escape(text)) + text_size + 2 > kTextCharacters;
    if (full) flush();
    for (const json& block : piece.blocks) blocks.push_back(block);
    if (!piece.text.empty()) text += (text.empty() ? "" : "\n\n") + piece.text;
    size += piece_size;
  }
  flush();
  return messages;
}

}  // namespace handrail::adapters::slack
