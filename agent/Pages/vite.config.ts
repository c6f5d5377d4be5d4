import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';

/** What the pages contain of others: `licences.txt` for readers, `packages.json` for the bill of materials. */
function licences(): Plugin {
  return {
    name: 'licences',
    generateBundle() {
      const names = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).dependencies).sort();
      const packages = names.map((name) => {
        const { version, license } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'));
        return { name, version, license };
      });
      const texts = packages.map(({ name, version, license }) =>
        `${name} ${version} (${license})\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8').trim()}\n`);
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join('\n----\n\n') });
      this.emitFile({ type: 'asset', fileName: 'packages.json', source: `${JSON.stringify(packages)}\n` });
    },
  };
}

export default defineConfig({
  plugins: [licences()],
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the content security policy lets no data: address in
    rolldownOptions: {
      input: { kiosk: 'index.html' },
      // plain names: the agent serves the files with no-store, and a new build replaces the old one file by file
      output: {
        entryFileNames: 'assets/[name].js',
        chunkFileNames: 'assets/[name].js',
        assetFileNames: 'assets/[name][extname]',
      },
    },
  },
});
