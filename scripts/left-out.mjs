// Stands in for the parts of @tensorflow/tfjs that the worker leaves out (scripts/build.mjs); tfjs asks for their versions.
export const version_converter = 'left out';
export const version_data = 'left out';
export const version_webgl = 'left out';
