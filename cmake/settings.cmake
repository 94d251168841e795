# Language, warnings and instrumentation, for every target of ours.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()

option(CARDMUX_WERROR "Treat warnings as errors (the presets do)" OFF)
option(CARDMUX_CHECKED "Check lock ranks and invariants at run time and abort on a violation" OFF)
option(CARDMUX_PRECOMPILE "Precompile the large headers of others: a third less to build. Off in dev
    and clang, where each file has to include what it uses" OFF)
set(CARDMUX_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, e.g. address,undefined or thread")

option(CARDMUX_WINDOWS_TESTS "Build the unit tests for Windows, which run under Wine" OFF)

find_package(Threads REQUIRED)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                    -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wnull-dereference)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 at -O2 reports these inside its own std::variant and std::vector. clang looks, too.
    add_compile_options(-Wno-null-dereference -Wno-array-bounds -Wno-stringop-overflow
                        -Wno-stringop-overread)
    if(WIN32 AND CARDMUX_CHECKED)  # at -O1, this one
        add_compile_options(-Wno-maybe-uninitialized)
    endif()
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options(-Wthread-safety)
endif()
if(CARDMUX_WERROR)
    add_compile_options(-Werror)
endif()
if(CARDMUX_CHECKED)
    add_compile_definitions(CARDMUX_CHECKED=1)
else()
    set(CARDMUX_TEST_PREFIX release:)
endif()
if(WIN32)
    string(PREPEND CARDMUX_TEST_PREFIX windows:)
endif()
# __FILE__ in an Error is a path from the top, wherever the sources were built.
add_compile_options(-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
# cardmux_precompile(<target> <headers...>)
function(cardmux_precompile target)
    if(CARDMUX_PRECOMPILE)
        target_precompile_headers(${target} PRIVATE ${ARGN})
    endif()
endfunction()
if(CARDMUX_SANITIZE)
    if(CARDMUX_SANITIZE MATCHES thread)
        set(CARDMUX_TEST_PREFIX tsan:)
        set(CARDMUX_TEST_ENVIRONMENT
            "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/cmake/tsan_suppressions.txt")
    else()
        set(CARDMUX_TEST_PREFIX asan:)
    endif()
    add_compile_options(-fsanitize=${CARDMUX_SANITIZE} -fno-omit-frame-pointer
                        -fno-sanitize-recover=all)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # Instrumented moves of a std::variant look to g++ 12 like reads of the alternative not held.
        add_compile_options(-Wno-maybe-uninitialized)
    endif()
    add_link_options(-fsanitize=${CARDMUX_SANITIZE})
endif()
