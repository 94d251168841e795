# Target "windows-zip": what people on Windows unpack. DLLs, tool, debug symbols, docs, acceptance.cmd.
set(folder cardmux-${PROJECT_VERSION}-windows-x64)
set(zip ${PROJECT_BINARY_DIR}/${folder}.zip)
set(files $<TARGET_FILE:cardmux> $<TARGET_FILE:cardmux>.debug
          $<TARGET_FILE:cardmux_dll> $<TARGET_FILE:cardmux_dll>.debug)
get_property(forwarders GLOBAL PROPERTY CARDMUX_FORWARDERS)
foreach(forwarder ${forwarders})
    list(APPEND files $<TARGET_FILE:${forwarder}>)
endforeach()
foreach(file LICENSE README.md CHANGELOG.md docs/windows.md docs/settings.md docs/tool.md docs/errors.md
             scripts/windows/acceptance.cmd)
    list(APPEND files ${PROJECT_SOURCE_DIR}/${file})
endforeach()

set(staging ${PROJECT_BINARY_DIR}/zip)
add_custom_target(windows-zip VERBATIM
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${staging} ${zip}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${staging}/${folder}
    COMMAND ${CMAKE_COMMAND} -E copy ${files} ${staging}/${folder}
    COMMAND ${CMAKE_COMMAND} -E chdir ${staging} ${CMAKE_COMMAND} -E tar cf ${zip} --format=zip ${folder}
    COMMAND ${CMAKE_COMMAND} -E echo ${zip}
    DEPENDS cardmux cardmux_dll ${forwarders})
