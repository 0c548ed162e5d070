// Reading the configuration: a JSON file with // comments, then the environment (which wins). Every
// mistake is reported at once, with the key and the nearest valid name for a misspelt one. Secrets
// come from the environment or from files named by HANDRAIL_..._FILE; a secret in the JSON file is
// refused, because such files end up in repositories.
//
// Pure but for reading the named files.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bot/config/config.h"

namespace handrail::config {

struct Option {
  std::string key;          // in the file: "public_url"
  std::string environment;  // "HANDRAIL_PUBLIC_URL"
  std::string description;  // a sentence, for --help and the README
  std::string standard;     // the default, as people read it
  bool secret = false;
};
const std::vector<Option>& options();

using Environment = std::map<std::string, std::string>;
// The HANDRAIL_... variables of this process.
Environment process_environment();

struct Loaded {
  Config config;
  std::vector<std::string> errors;    // "public_url: must begin with https:// or http://"
  std::vector<std::string> warnings;  // odd but usable
  bool anything_given = false;        // a file or at least one variable
};
// `file` empty: no file.
Loaded load(const std::string& file, const Environment& environment);

// The name among `known` that `word` was probably meant to be; empty when none is near.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& known);

}  // namespace handrail::config
