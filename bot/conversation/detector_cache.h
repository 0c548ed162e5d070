// What the detector has learned, kept between starts: `detector.cache` in a folder, keyed by everything that was learned from
// and by the program itself, with a checksum over the whole. A cache that is damaged, foreign or unwritable is as good as
// none: the detector learns anew, and the cache is written again. What was learned while the program was built (bot/CMakeLists.txt)
// is looked for too.
#pragma once

#include <memory>
#include <string>

#include "intents/detector.h"

namespace handrail::conversation {

// `folder` empty: nothing is kept.
std::unique_ptr<intents::Detector> learn_or_recall(const intents::Dataset& data, const std::string& folder);

// For commands without a data folder: the user's cache folder (XDG Base Directory Specification); empty without a home.
std::string user_cache_folder();

}  // namespace handrail::conversation
