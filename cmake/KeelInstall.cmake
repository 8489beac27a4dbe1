# What `cmake --install` puts into a prefix: the tools, the libraries, the
# headers and .td files, and the package that find_package(Keel) finds. The
# prefix can be moved.
include(CMakePackageConfigHelpers)

target_compile_features(Keel INTERFACE cxx_std_20)
# MLIR's own folder is not one that the loader searches by itself.
set_target_properties(Keel keel keel-lsp-server keel-opt PROPERTIES
  INSTALL_RPATH "$ORIGIN/../lib" INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS keel keel-lsp-server keel-opt RUNTIME DESTINATION bin)
install(TARGETS Keel KeelRuntime EXPORT KeelTargets
  LIBRARY DESTINATION lib ARCHIVE DESTINATION lib INCLUDES DESTINATION include)

install(DIRECTORY include/keel DESTINATION include
  FILES_MATCHING PATTERN "*.h" PATTERN "*.td")
install(DIRECTORY ${CMAKE_BINARY_DIR}/include/keel DESTINATION include
  FILES_MATCHING PATTERN "*.inc" PATTERN CMakeFiles EXCLUDE)

configure_package_config_file(cmake/KeelConfig.cmake.in
  ${CMAKE_BINARY_DIR}/cmake/KeelConfig.cmake INSTALL_DESTINATION lib/cmake/keel)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/cmake/KeelConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/cmake/KeelConfig.cmake
  ${CMAKE_BINARY_DIR}/cmake/KeelConfigVersion.cmake DESTINATION lib/cmake/keel)
install(EXPORT KeelTargets NAMESPACE Keel:: DESTINATION lib/cmake/keel)
