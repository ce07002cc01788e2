// Everything the page shows comes from this server: no fonts, no telemetry, no proxy and no assistant.
Scalar.createApiReference('#reference', {
  url: '/openapi.yaml',
  withDefaultFonts: false,
  telemetry: false,
  proxyUrl: '',
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: 'never',
  hideClientButton: true,
});
