# nb_flags carries what every target of ours is compiled and linked with.

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)

add_library(nb_flags INTERFACE)
target_include_directories(nb_flags INTERFACE "${CMAKE_SOURCE_DIR}/src" "${CMAKE_SOURCE_DIR}/include")
target_compile_definitions(nb_flags INTERFACE "NIGHTBELL_VERSION=\"${PROJECT_VERSION}\"")
# -ffast-math must never be added: number.c and the statistics rely on NaN and on correct rounding.
target_compile_options(nb_flags INTERFACE
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings
    -Wformat=2 -Wundef -Wvla -Wimplicit-fallthrough
    -fno-common -fstack-protector-strong "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
if(NIGHTBELL_WERROR)
    target_compile_options(nb_flags INTERFACE -Werror)
endif()
if(CMAKE_BUILD_TYPE MATCHES "Rel")
    target_compile_options(nb_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    target_link_options(nb_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
if(NIGHTBELL_SANITIZE)
    target_compile_options(nb_flags INTERFACE -fsanitize=${NIGHTBELL_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(nb_flags INTERFACE -fsanitize=${NIGHTBELL_SANITIZE})
    if(NIGHTBELL_SANITIZE MATCHES "undefined")
        target_compile_options(nb_flags INTERFACE -fno-sanitize-recover=undefined)
    endif()
endif()
target_link_libraries(nb_flags INTERFACE
    PkgConfig::curl PkgConfig::jansson PkgConfig::yaml PkgConfig::sqlite3 PkgConfig::zlib Threads::Threads m)
