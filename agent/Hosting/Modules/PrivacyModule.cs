using EdgeAgent.Privacy;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeAgent.Hosting.Modules;

internal static class PrivacyModule
{
    public static IServiceCollection AddPrivacy(this IServiceCollection services) => services
        .AddSingleton(s => Desensitizer.Create(s.GetRequiredService<AgentSettings>().Privacy))
        .AddSingleton<PrivacyExchanges>();
}
