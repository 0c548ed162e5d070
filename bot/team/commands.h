// What an agent wrote in a ticket's thread: words for the person, a note for colleagues ("// ..."), or a command
// ("!snooze 2h"). Pure.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace handrail::team {

// Lines that begin with "//" stay here; the others go to the person. Either may be empty.
struct Words {
  std::string to_person;
  std::string note;
};
struct Command {
  std::string verb;  // without "!", in lower case; not checked
  std::string argument;
};
using Line = std::variant<Words, Command>;

Line read_line(std::string_view text);

inline constexpr std::string_view kCommandHelp =
    "What you write in this thread goes to the person; lines that begin with // do not. Commands: !claim, !resolve (a refund: "
    "!resolve approved or !resolve denied), !snooze 2h, !transfer NAME, !reopen.";

}  // namespace handrail::team
