// Builds after an install. With the development packages that is `tsc -b`; without them (`npm ci --omit=dev`), where
// there is nothing to check types with, each source file becomes JavaScript by itself.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '..')
const require = createRequire(import.meta.url)
const has = (name) => existsSync(path.join(ROOT, 'node_modules', name))

if (has('@types/node')) {
  const { status } = spawnSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-b'], {
    cwd: ROOT,
    stdio: 'inherit',
  })
  process.exit(status ?? 1)
} else if (has('typescript')) {
  await transpileAll()
} else if (!existsSync(path.join(ROOT, 'packages/server/dist/src/cli.js'))) {
  // As in an image that brings what was built elsewhere, where this is no fault.
  console.error('Tandem is not built: that needs the package typescript. Run npm ci without --omit=optional.')
}

async function transpileAll() {
  const { default: ts } = await import('typescript')
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.base.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      ...config.compilerOptions,
      // Of one file alone nobody knows that its package has modules.
      ...{ module: 'ESNext', moduleResolution: 'Bundler' },
      ...{ composite: false, declaration: false, declarationMap: false, sourceMap: false },
    },
    ROOT,
  )
  for (const name of await readdir(path.join(ROOT, 'packages'))) {
    const source = path.join(ROOT, 'packages', name, 'src')
    for (const file of await readdir(source, { recursive: true })) {
      if (!file.endsWith('.ts') || file.endsWith('.d.ts')) continue
      const target = path.join(ROOT, 'packages', name, 'dist/src', file.replace(/\.ts$/, '.js'))
      const text = await readFile(path.join(source, file), 'utf8')
      const { outputText } = ts.transpileModule(text, {
        compilerOptions: options,
        fileName: path.join(source, file),
      })
      await mkdir(path.dirname(target), { recursive: true })
      await writeFile(target, outputText)
    }
  }
}
