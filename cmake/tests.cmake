# The interpreter itself: a version manager's shim in its place costs each of our hundreds of tests a
# quarter of a second.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
execute_process(COMMAND ${Python3_EXECUTABLE} -c "import sys; print(sys.executable)"
                OUTPUT_VARIABLE Python3_EXECUTABLE OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)

# cardmux_test(<name> LABEL <label...> COMMAND <command...> [SECONDS <limit>] [SERIAL])
#
# One ctest test. The label says what it needs (pcscd, programs, simulation, fuzz, ...); the time limit
# is mandatory in effect: 120 seconds unless told otherwise. Builds with sanitizers have the same tests
# under a prefix ("tsan:"), without those of foreign programs, which cannot load such a module.
function(cardmux_test name)
    cmake_parse_arguments(TEST "SERIAL" "SECONDS" "LABEL;COMMAND;ENVIRONMENT" ${ARGN})
    if(NOT TEST_SECONDS)
        set(TEST_SECONDS 120)
    endif()
    if(CARDMUX_SANITIZE AND "programs" IN_LIST TEST_LABEL)
        return()
    endif()
    set(name ${CARDMUX_TEST_PREFIX}${name})
    add_test(NAME ${name} COMMAND ${TEST_COMMAND} WORKING_DIRECTORY ${PROJECT_BINARY_DIR})
    set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABEL}" TIMEOUT ${TEST_SECONDS}
                         SKIP_RETURN_CODE 77)
    set_tests_properties(${name} PROPERTIES
                         ENVIRONMENT "${CARDMUX_TEST_ENVIRONMENT};${TEST_ENVIRONMENT}")
    if(TEST_SERIAL)
        set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE)
    endif()
endfunction()
