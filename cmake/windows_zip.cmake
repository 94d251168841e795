# Target "windows-zip": what people on Windows unpack. DLLs, tool, debug symbols, acceptance.cmd; the
# pages in the folders that they have here, so that their links lead somewhere.
set(folder cardmux-${PROJECT_VERSION}-windows-x64)
set(zip ${PROJECT_BINARY_DIR}/${folder}.zip)
set(files $<TARGET_FILE:cardmux> $<TARGET_FILE:cardmux>.debug
          $<TARGET_FILE:cardmux_dll> $<TARGET_FILE:cardmux_dll>.debug)
get_property(forwarders GLOBAL PROPERTY CARDMUX_FORWARDERS)
foreach(forwarder ${forwarders})
    list(APPEND files $<TARGET_FILE:${forwarder}>)
endforeach()
foreach(file LICENSE README.md CHANGELOG.md ARCHITECTURE.md CONTRIBUTING.md SECURITY.md)
    list(APPEND files ${PROJECT_SOURCE_DIR}/${file})
endforeach()
# Without the line ends of Windows cmd.exe does not find all labels.
configure_file(${PROJECT_SOURCE_DIR}/scripts/windows/acceptance.cmd
               ${PROJECT_BINARY_DIR}/acceptance.cmd @ONLY NEWLINE_STYLE CRLF)
list(APPEND files ${PROJECT_BINARY_DIR}/acceptance.cmd)

set(staging ${PROJECT_BINARY_DIR}/zip)
add_custom_target(windows-zip VERBATIM
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${staging} ${zip}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${staging}/${folder}
    COMMAND ${CMAKE_COMMAND} -E copy ${files} ${staging}/${folder}
    COMMAND ${CMAKE_COMMAND} -E copy_directory ${PROJECT_SOURCE_DIR}/docs ${staging}/${folder}/docs
    COMMAND ${CMAKE_COMMAND} -E chdir ${staging} ${CMAKE_COMMAND} -E tar cf ${zip} --format=zip ${folder}
    COMMAND ${CMAKE_COMMAND} -E echo ${zip}
    DEPENDS cardmux cardmux_dll ${forwarders})
