// Compiles index.ts into the package cdk8s_backend._objects, with the compiler that `make cdk8s` installs.
const path = require('path');
const { srcmak } = require('jsii-srcmak');

const modules = path.resolve(__dirname, '../../node_modules');
srcmak(__dirname, {
  moduleKey: 'cdk8s-backend-objects', // its default is made from this folder's absolute path
  deps: ['cdk8s', 'constructs'].map(name => path.join(modules, name)),
  python: { outdir: process.argv[2] ?? path.resolve(__dirname, '..'), moduleName: 'cdk8s_backend._objects' },
}).catch(error => {
  console.error(String(error));
  process.exit(1);
});
