# cardmux_layer(<name> [LINK <libraries>] [TEST_LINK <libraries>] [EXCLUDE <patterns>]
#               [WINDOWS_TESTS [<patterns>]])
#
# One folder is one layer is one static library: every *.cpp below it, without *_test.cpp and without
# the other system's files. The *_test.cpp become one program, <name>_unit_test, labelled "unit". For
# Windows those that match one of the WINDOWS_TESTS, all if it names none: many tests need the simulated
# world, which is POSIX'.
if(NOT WIN32)
    find_package(GTest REQUIRED)
elseif(CARDMUX_WINDOWS_TESTS)
    add_subdirectory(/usr/src/googletest ${PROJECT_BINARY_DIR}/googletest EXCLUDE_FROM_ALL)
    foreach(library gtest gtest_main gmock gmock_main)
        target_compile_options(${library} PRIVATE -w)  # not ours to warn about
    endforeach()
endif()
include(GoogleTest)

# Leaves in `tests` what cardmux_layer() builds for Windows.
macro(cardmux_tests_for_windows)
    set(LAYER_TEST_LINK)
    list(JOIN LAYER_WINDOWS_TESTS "|" patterns)
    if(NOT CARDMUX_WINDOWS_TESTS)
        set(tests)
    elseif(patterns)
        list(FILTER tests INCLUDE REGEX "/(${patterns})_test\\.cpp$")
    elseif(NOT "WINDOWS_TESTS" IN_LIST LAYER_KEYWORDS_MISSING_VALUES)
        set(tests)
    endif()
endmacro()

function(cardmux_layer name)
    cmake_parse_arguments(LAYER "" "" "LINK;TEST_LINK;EXCLUDE;WINDOWS_TESTS" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    if(WIN32)
        list(FILTER sources EXCLUDE REGEX "_(posix|openssl)(_test)?\\.cpp$")
    else()
        list(FILTER sources EXCLUDE REGEX "_windows(_test)?\\.cpp$")
    endif()
    set(tests ${sources})
    list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
    list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
    if(WIN32)
        cardmux_tests_for_windows()
    endif()
    foreach(pattern ${LAYER_EXCLUDE})
        list(FILTER sources EXCLUDE REGEX ${pattern})
        list(FILTER tests EXCLUDE REGEX ${pattern})
    endforeach()
    add_library(cardmux_${name} STATIC ${sources})
    target_include_directories(cardmux_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(cardmux_${name} PUBLIC Threads::Threads ${LAYER_LINK})
    if(tests)
        add_executable(${name}_unit_test ${tests})
        target_link_libraries(${name}_unit_test PRIVATE cardmux_${name} ${LAYER_TEST_LINK}
                              GTest::gmock GTest::gtest_main)
        target_include_directories(${name}_unit_test PRIVATE ${PROJECT_SOURCE_DIR})
        list(LENGTH tests count)
        if(count GREATER 3)  # else it takes longer than it saves
            cardmux_precompile(${name}_unit_test <gmock/gmock.h> <gtest/gtest.h>)
        endif()
        target_compile_definitions(${name}_unit_test PRIVATE CARDMUX_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
        if(WIN32)  # one test: a process costs a quarter of a second under Wine
            cardmux_test(${name}.unit LABEL unit COMMAND ${name}_unit_test
                         ENVIRONMENT WINEPREFIX=${PROJECT_SOURCE_DIR}/build/wine/prefix_unit)
        else()
            gtest_discover_tests(${name}_unit_test TEST_PREFIX "${CARDMUX_TEST_PREFIX}${name}."
                                 DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                                 PROPERTIES LABELS unit TIMEOUT 60)
        endif()
    endif()
endfunction()
