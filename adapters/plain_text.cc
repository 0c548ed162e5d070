#include "adapters/plain_text.h"

namespace handrail::adapters {
namespace {

void add_paragraph(std::string& text, const std::string& paragraph) {
  if (paragraph.empty()) return;
  if (!text.empty()) text += "\n\n";
  text += paragraph;
}

std::string step_text(const Block& block) {
  std::string line = block.state == StepState::done ? "\u2713 " : "";
  line += std::to_string(block.number) + ". " + strip_emphasis(block.title);
  if (!block.text.empty()) line += "\n" + strip_emphasis(block.text);
  return line;
}

}  // namespace

std::string strip_emphasis(const std::string& text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') continue;
    if (text[i] == '*' && i + 1 < text.size() && text[i + 1] == '*') {
      ++i;
      continue;
    }
    result += text[i];
  }
  return result;
}

std::string plain_text(const Reply& reply, const std::string& choices_label) {
  std::string text;
  for (const Block& block : reply.blocks) {
    if (block.type == BlockType::step) {
      add_paragraph(text, step_text(block));
    } else if (block.type == BlockType::image) {
      add_paragraph(text, block.image ? block.image->alt : "");
    } else {
      const std::string words = strip_emphasis(block.text);
      add_paragraph(text, block.label.empty() ? words : block.label + ": " + words);
    }
  }
  std::string choices;
  int number = 0;
  for (const Action& action : reply.actions) {
    if (action.style == ActionStyle::link) {
      add_paragraph(text, action.label + ": " + action.url);
    } else {
      choices += "\n" + std::to_string(++number) + ". " + action.label;
    }
  }
  if (!choices.empty()) add_paragraph(text, choices_label + choices);
  return text;
}

}  // namespace handrail::adapters
