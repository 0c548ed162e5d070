#include "intents/features.h"

#include <algorithm>
#include <cmath>

namespace handrail::intents {
namespace {

// Common words say something too: with 3 instead of the usual 1 half a point to a point more is
// right on HWU64, BANKING77 and MASSIVE (validation data).
constexpr float kIdfBase = 3;
constexpr std::size_t kCharMin = 2, kCharMax = 5, kSkeletonMax = 4;
constexpr std::uint64_t kFnvOffset = 1469598103934665603ULL, kFnvPrime = 1099511628211ULL;

std::uint64_t hash(std::size_t block, std::u32string_view text) {
  std::uint64_t h = (kFnvOffset ^ (block + 1)) * kFnvPrime;
  for (const char32_t c : text) h = (h ^ c) * kFnvPrime;
  h ^= h >> 29;
  return h == 0 ? 1 : h;
}

char32_t persian_consonant(char32_t c) {
  switch (c) {
    case U'ب':
      return 'b';
    case U'پ':
      return 'p';
    case U'ت':
    case U'ط':
      return 't';
    case U'ث':
    case U'س':
    case U'ص':
      return 's';
    case U'ج':
      return 'j';
    case U'چ':
      return 'C';
    case U'ح':
    case U'ه':
      return 'h';
    case U'خ':
      return 'x';
    case U'د':
      return 'd';
    case U'ذ':
    case U'ز':
    case U'ض':
    case U'ظ':
      return 'z';
    case U'ر':
      return 'r';
    case U'ژ':
      return 'Z';
    case U'ش':
      return 'S';
    case U'غ':
    case U'ق':
      return 'q';
    case U'ف':
      return 'f';
    case U'ک':
      return 'k';
    case U'گ':
      return 'g';
    case U'ل':
      return 'l';
    case U'م':
      return 'm';
    case U'ن':
      return 'n';
    default:
      return c >= U'0' && c <= U'9' ? c : 0;
  }
}

char32_t latin_consonant(std::u32string_view word, std::size_t& at) {
  const char32_t c = word[at];
  const bool h_follows = at + 1 < word.size() && word[at + 1] == 'h';
  if (h_follows) {
    char32_t pair = 0;
    if (c == 'k') pair = 'x';
    if (c == 's') pair = 'S';
    if (c == 'c') pair = 'C';
    if (c == 'g') pair = 'q';
    if (c == 'z') pair = 'Z';
    if (pair != 0) {
      ++at;
      return pair;
    }
  }
  switch (c) {
    case 'a':
    case 'e':
    case 'i':
    case 'o':
    case 'u':
    case 'y':
    case 'w':
    case 'v':
      return 0;
    case 'c':
      return 'k';
    default:
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : 0;
  }
}

void count(std::vector<Gram>& grams) {
  std::sort(grams.begin(), grams.end(), [](const Gram& a, const Gram& b) { return a.key < b.key; });
  std::size_t out = 0;
  for (std::size_t i = 0; i < grams.size();) {
    std::size_t end = i;
    while (end < grams.size() && grams[end].key == grams[i].key) ++end;
    grams[out++] = {grams[i].key, static_cast<std::uint32_t>(end - i)};
    i = end;
  }
  grams.resize(out);
}

void add_words(std::vector<Gram>& grams, std::size_t block,
               const std::vector<std::u32string>& words) {
  std::u32string pair;
  for (std::size_t i = 0; i < words.size(); ++i) {
    grams.push_back({hash(block, words[i]), 1});
    pair.clear();
    pair += i == 0 ? std::u32string_view(U"^") : std::u32string_view(words[i - 1]);
    pair += U' ';
    pair += words[i];
    grams.push_back({hash(block, pair), 1});
  }
  if (!words.empty()) grams.push_back({hash(block, words.back() + U" $"), 1});
}

void add_characters(std::vector<Gram>& grams, std::size_t block,
                    const std::vector<std::u32string>& words, std::size_t longest) {
  std::u32string padded;
  for (const std::u32string& word : words) {
    padded.clear();  // not `= U" "`: g++ 12 warns falsely about that when optimising
    padded += U' ';
    padded += word;
    padded += U' ';
    const std::u32string_view view = padded;
    for (std::size_t n = kCharMin; n <= longest; ++n) {
      for (std::size_t i = 0; i + n <= view.size(); ++i)
        grams.push_back({hash(block, view.substr(i, n)), 1});
    }
  }
}

float term_weight(std::uint32_t count) { return 1.0F + std::log(static_cast<float>(count)); }

}  // namespace

std::u32string skeleton(std::u32string_view word) {
  std::u32string result;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char32_t c = word[i] < 0x80 ? latin_consonant(word, i) : persian_consonant(word[i]);
    if (c != 0 && (result.empty() || result.back() != c)) result += c;
  }
  if (result.size() > 1 && result.back() == 'h') result.pop_back();
  return result;
}

Grams extract_grams(const locales::FoldedText& text) {
  std::vector<std::u32string> words;
  std::vector<std::u32string> skeletons;
  std::size_t from = 0;
  const auto marks = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      if (text.text[i] == U'?' || text.text[i] == U'!') words.emplace_back(1, text.text[i]);
      if (text.text[i] == U'\u061F') words.emplace_back(U"?");
    }
  };
  for (const locales::Word& word : locales::split_words(text)) {
    marks(from, word.begin);
    words.push_back(text.text.substr(word.begin, word.end - word.begin));
    std::u32string bones = skeleton(words.back());
    if (!bones.empty()) skeletons.push_back(std::move(bones));
    from = word.end;
  }
  marks(from, text.text.size());
  Grams grams;
  add_words(grams[0], 0, words);
  add_characters(grams[1], 1, words, kCharMax);
  add_words(grams[2], 2, skeletons);
  add_characters(grams[3], 3, skeletons, kSkeletonMax);
  for (auto& block : grams) count(block);
  return grams;
}

void FeatureSpace::learn(const std::vector<const Grams*>& documents, std::uint32_t least_documents,
                         const std::array<float, kBlocks>& weights) {
  weights_ = weights;
  // Numbered as they first appear, so that texts of one language, which come one after the other,
  // have their weights side by side in memory.
  KeyTable all;
  std::vector<std::uint64_t> keys;
  std::vector<std::uint32_t> documents_with;
  for (const Grams* grams : documents) {
    for (const auto& block : *grams) {
      for (const Gram& gram : block) {
        const std::uint32_t number = all.insert(gram.key);
        if (number == keys.size()) {
          keys.push_back(gram.key);
          documents_with.push_back(0);
        }
        ++documents_with[number];
      }
    }
  }
  const auto total = static_cast<float>(documents.size());
  highest_idf_ = std::log((1 + total) / 2) + kIdfBase;
  keys_ = KeyTable();
  idf_.clear();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (documents_with[i] < least_documents) continue;
    keys_.insert(keys[i]);
    idf_.push_back(std::log((1 + total) / (1 + static_cast<float>(documents_with[i]))) + kIdfBase);
  }
}

void FeatureSpace::save(ArchiveWriter& archive) const {
  keys_.save(archive);
  archive.list(idf_);
  archive.value(highest_idf_);
  for (const float weight : weights_) archive.value(weight);
}

void FeatureSpace::load(ArchiveReader& archive) {
  keys_.load(archive);
  idf_ = archive.list<float>();
  highest_idf_ = archive.value<float>();
  for (float& weight : weights_) weight = archive.value<float>();
  if (keys_.size() != idf_.size()) archive.fail();
}

SparseVector FeatureSpace::vectorize(const Grams& grams) const {
  SparseVector vector;
  for (std::size_t block = 0; block < kBlocks; ++block) {
    const std::size_t begin = vector.size();
    float square = 0;
    for (const Gram& gram : grams[block]) {
      const std::uint32_t index = keys_.find(gram.key);
      const float value =
          term_weight(gram.count) * (index == KeyTable::kAbsent ? highest_idf_ : idf_[index]);
      square += value * value;
      if (index != KeyTable::kAbsent) vector.push_back({index, value});
    }
    if (square == 0) continue;
    const float scale = weights_[block] / std::sqrt(square);
    for (std::size_t i = begin; i < vector.size(); ++i) vector[i].value *= scale;
  }
  return vector;
}

}  // namespace handrail::intents
