using EdgeAgent.Endpoints.Http;
using EdgeAgent.Endpoints.Pages;

namespace EdgeAgent.Hosting.Modules;

/// <summary>The pages and what they are told, held in memory.</summary>
internal sealed record ServedPages(IReadOnlyList<IHttpResource> Resources)
{
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ServedPages Load(AgentSettings settings)
    {
        if (!settings.Kiosk.Enabled) return new ServedPages([]);
        var pages = PageFiles.Load(Path.Combine(AppContext.BaseDirectory, PageFiles.Folder));
        return new ServedPages([.. pages, new KioskResource(settings.Kiosk, settings.Mqtt),
            .. settings.Kiosk.Logo.Length > 0 ? [KioskLogo.Load(settings.Kiosk.Logo)] : Array.Empty<IHttpResource>()]);
    }
}
