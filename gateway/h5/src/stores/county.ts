import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { Schemas } from '@/api/client'
import { settings as loadSettings } from '@/api/members'
import { lasting, readJson } from '@/lib/storage'

/** The county this page serves: its name, how WeChat is reached, whether money is real. Public data, kept for a slow start. */
export type Settings = Schemas['SiteSettings']

const KEPT = 'county-settings'

export const useCounty = defineStore('county', () => {
  const settings = ref<Settings | null>(readJson<Settings>(lasting, KEPT))
  let loading: Promise<Settings> | null = null

  const name = computed(() => settings.value?.county_name ?? '')
  const simulated = computed(() => settings.value?.simulated_money ?? false)

  function load(): Promise<Settings> {
    loading ??= loadSettings()
      .then((fresh) => {
        settings.value = fresh
        lasting.set(KEPT, JSON.stringify(fresh))
        return fresh
      })
      .catch((thrown: unknown) => {
        loading = null
        throw thrown
      })
    return loading
  }

  return { settings, name, simulated, load }
})
