# Debian 12 packages; the README says why each is here. script/setup installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(ICU 72 REQUIRED COMPONENTS uc i18n data)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(OpenSSL REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(cmark REQUIRED IMPORTED_TARGET libcmark)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
find_package(prometheus-cpp REQUIRED CONFIG COMPONENTS core)

# Debian's cpp-httplib is a compiled library whose options are fixed in its pkg-config file.
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)

# SOCI ships no pkg-config file in Debian; its headers and libraries are in the default places.
find_library(SOCI_CORE soci_core REQUIRED)
find_library(SOCI_SQLITE3 soci_sqlite3 REQUIRED)
find_library(SOCI_POSTGRESQL soci_postgresql REQUIRED)
add_library(handrail_soci INTERFACE)
target_include_directories(handrail_soci SYSTEM INTERFACE /usr/include/soci)
# SOCI's SQLite header includes sqlite3.h inside a namespace: never include sqlite3.h before it in one file.
pkg_check_modules(libpq REQUIRED libpq)
target_include_directories(handrail_soci SYSTEM INTERFACE ${libpq_INCLUDE_DIRS})
target_link_libraries(handrail_soci INTERFACE ${SOCI_CORE} ${SOCI_SQLITE3} ${SOCI_POSTGRESQL})

# Hundreds of threads allocate small JSON nodes: measured a fifth faster than glibc's allocator. Sanitizers bring their own.
if(NOT HANDRAIL_SANITIZE)
  find_package(mimalloc 2 REQUIRED)
endif()
