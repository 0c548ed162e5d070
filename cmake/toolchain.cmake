# Language level, warnings and instrumentation: the same for every room.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                    -Wimplicit-fallthrough -Werror)
# g++ 12 reports false overlaps and overflows inside std::string and std::variant when it optimises (GCC bugs 105329, 105562,
# 105651); the sanitizer presets look for real ones.
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
                    $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow> $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>
                    $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overread>)

if(HANDRAIL_SANITIZE)
  add_compile_options(-fsanitize=${HANDRAIL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HANDRAIL_SANITIZE})
  # Boost.Asio uses fences, which ThreadSanitizer does not follow; GCC warns of each.
  if(HANDRAIL_SANITIZE STREQUAL "thread")
    add_compile_options(-Wno-tsan)
  endif()
endif()
if(HANDRAIL_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

# ccache and precompiled headers live together only when ccache may ignore times inside the PCH.
find_program(HANDRAIL_CCACHE ccache)
if(HANDRAIL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      "${HANDRAIL_CCACHE}")
endif()
