import { defineStore } from 'pinia'
import { computed, ref, watchEffect } from 'vue'
import { lasting } from '@/lib/storage'

/** How the person wants to read: letters, elder mode. Kept on the phone, never sent anywhere. */
export type TextSize = 'standard' | 'large' | 'elder'

const KEPT = 'text-size'
const SIZES: readonly TextSize[] = ['standard', 'large', 'elder']

export const useComfort = defineStore('comfort', () => {
  const kept = lasting.get(KEPT) as TextSize | null
  const size = ref<TextSize>(kept && SIZES.includes(kept) ? kept : 'standard')
  const elder = computed(() => size.value === 'elder')

  watchEffect(() => {
    const root = document.documentElement
    root.classList.toggle('large', size.value === 'large')
    root.classList.toggle('elder', elder.value)
  })

  function choose(wanted: TextSize): void {
    size.value = wanted
    lasting.set(KEPT, wanted)
  }

  return { size, elder, choose }
})
