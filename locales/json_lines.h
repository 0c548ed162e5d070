// Where the keys of a JSON file stand, for messages that point at the line to mend. JSON parsers
// forget positions and silently keep the last of two equal keys; this remembers both.
//
// The text must be valid JSON (parse it first); anything else gives the keys up to the fault.
// Thread safe: no state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace handrail::locales {

struct JsonKey {
  std::string path;  // names from the outermost object, joined by '/': "messages/reply.greeting"
  int line = 0;      // 1-based
};

// Keys of all objects that are not inside arrays, in the order of the file.
std::vector<JsonKey> json_keys(std::string_view json);

// The line of byte `offset`, 1-based.
int line_of(std::string_view text, std::size_t offset);

}  // namespace handrail::locales
