#include "bot/commands/commands.h"

#ifdef HANDRAIL_MIMALLOC
#include <mimalloc.h>
#endif

int main(int argc, char** argv) {
#ifdef HANDRAIL_MIMALLOC
  // Pages that one message frees the next one takes: handing them back to the kernel in between cost an eighth of the
  // processor time of an answer (script/bench), to save 7 MB.
  mi_option_set_enabled(mi_option_allow_decommit, false);
#endif
  return handrail::commands::run(argc, argv);
}
