#include "bot/commands/commands.h"

int main(int argc, char** argv) { return handrail::commands::run(argc, argv); }
