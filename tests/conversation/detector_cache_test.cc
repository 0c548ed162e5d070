// What was learned is kept between starts, and a cache that is not exactly ours is not believed.
#include "bot/conversation/detector_cache.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace handrail::conversation {
namespace {

namespace fs = std::filesystem;

class DetectorCache : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("handrail-cache-" + std::to_string(getpid()));
    fs::remove_all(folder_);
    for (const char* verb : {"eat", "peel", "buy", "wash", "cut", "taste"}) {
      add("fruit", std::string(verb) + " the apple");
      add("tools", std::string(verb) + " the hammer");
    }
  }
  void TearDown() override { fs::remove_all(folder_); }

  void add(const char* intent, const std::string& text) {
    intents::Example example;
    example.intent = intent;
    example.text = text;
    example.locale = "en";
    data_.examples.push_back(example);
  }
  double confidence() {
    const auto detector = learn_or_recall(data_, folder_.string());
    const auto understood = detector->understand("sell the apple", {});
    EXPECT_EQ(understood.intents.front().name, "fruit");
    return understood.intents.front().confidence;
  }
  fs::path file() const { return folder_ / "detector.cache"; }
  std::string kept() const {
    std::ifstream stream(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void replace(const std::string& bytes) const { std::ofstream(file(), std::ios::binary) << bytes; }

  fs::path folder_;
  intents::Dataset data_;
};

TEST_F(DetectorCache, RecallsExactlyWhatWasLearned) {
  const double learned = confidence();
  ASSERT_TRUE(fs::exists(file()));
  const auto written_at = fs::last_write_time(file());
  EXPECT_DOUBLE_EQ(confidence(), learned);
  EXPECT_EQ(fs::last_write_time(file()), written_at) << "recalled, not learned anew";
}

TEST_F(DetectorCache, OtherDataIsLearnedAnew) {
  confidence();
  const std::string before = kept();
  add("fruit", "juice an apple");
  confidence();
  EXPECT_NE(kept(), before);
}

TEST_F(DetectorCache, WhatIsDamagedIsRebuilt) {
  const double learned = confidence();
  const std::string whole = kept();
  for (std::size_t at : {std::size_t{0}, std::size_t{25}, std::size_t{90}, std::size_t{200}, whole.size() / 2, whole.size() - 1}) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 0x41);
    replace(broken);
    EXPECT_DOUBLE_EQ(confidence(), learned) << at;
    EXPECT_EQ(kept(), whole) << "written again after byte " << at;
  }
  for (const std::string& foreign : {std::string(), std::string("a note"), whole.substr(0, whole.size() / 2), whole + "x"}) {
    replace(foreign);
    EXPECT_DOUBLE_EQ(confidence(), learned);
    EXPECT_EQ(kept(), whole);
  }
}

TEST_F(DetectorCache, CutAnywhereTheBytesAreRefusedAndNotReadPastTheirEnd) {
  confidence();
  const std::string whole = intents::Detector::train(data_)->save();
  ASSERT_NE(intents::Detector::load(whole, data_), nullptr);
  for (std::size_t size = 0; size < whole.size(); size += 1 + size / 7) {
    EXPECT_EQ(intents::Detector::load(whole.substr(0, size), data_), nullptr) << size;
  }
}

TEST_F(DetectorCache, WithoutAPlaceItIsLearnedEachTime) {
  const double kept_nowhere = learn_or_recall(data_, "")->understand("sell the apple", {}).intents.front().confidence;
  EXPECT_DOUBLE_EQ(kept_nowhere, confidence());
  std::ofstream(folder_ / "a file") << "in the way";
  EXPECT_NE(learn_or_recall(data_, (folder_ / "a file").string()), nullptr) << "a folder that cannot be made is no reason to stop";
}

}  // namespace
}  // namespace handrail::conversation
