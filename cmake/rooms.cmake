# handrail_room(NAME SOURCES a.cc b.cc [DEPENDS target...])
#   One static library `handrail_NAME`. DEPENDS is the only way to see another room, so a wrong direction does not link.
# handrail_test(NAME SOURCES a_test.cc [DEPENDS target...])
#   One GoogleTest program; each test in it is a ctest test. Runs with HANDRAIL_SOURCE_DIR pointing at the checkout.
if(HANDRAIL_PCH)
  file(WRITE "${CMAKE_BINARY_DIR}/pch/pch.cc" "// Carries the precompiled header that every room reuses.\n")
  add_library(handrail_pch OBJECT "${CMAKE_BINARY_DIR}/pch/pch.cc")
  target_precompile_headers(handrail_pch PUBLIC
    <algorithm> <array> <atomic> <chrono> <cstdint> <filesystem> <functional> <map> <memory> <mutex> <optional> <set>
    <span> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector> <nlohmann/json.hpp>)
  target_link_libraries(handrail_pch PUBLIC nlohmann_json::nlohmann_json Threads::Threads)
endif()

function(handrail_common target)
  target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${target} PUBLIC nlohmann_json::nlohmann_json Threads::Threads)
  if(HANDRAIL_PCH)
    target_precompile_headers(${target} REUSE_FROM handrail_pch)
  endif()
endfunction()

function(handrail_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(handrail_${name} STATIC ${ROOM_SOURCES})
  handrail_common(handrail_${name})
  target_link_libraries(handrail_${name} PUBLIC ${ROOM_DEPENDS})
endfunction()

function(handrail_test name)
  if(NOT HANDRAIL_TESTS)
    return()
  endif()
  cmake_parse_arguments(ROOM "" "" "SOURCES;DEPENDS" ${ARGN})
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_executable(${name} ${ROOM_SOURCES})
  handrail_common(${name})
  target_compile_definitions(${name} PRIVATE HANDRAIL_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${ROOM_DEPENDS} GTest::gmock GTest::gtest GTest::gtest_main)
  # A test program is one ctest test: each program loads its data once, so a suite stays quick on two cores.
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()
